"""Making a room, and changing it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chatsite.lib import ratelimit
from rooms.actions.rooms import create_room, update_room
from rooms.forms import InviteForm, NameForm, NewRoomForm
from rooms.views.scope import managing_membership, member_view, person


@member_view
def room_create(request: HttpRequest) -> HttpResponse:
    form = NewRoomForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _in_time(request, form):
        membership = create_room(person(request), **form.cleaned_data)
        return redirect(membership.room)
    return render(request, "rooms/room_form.html", {"form": form}, status=422 if form.errors else 200)


@member_view
def room_settings(request: HttpRequest, slug: str) -> HttpResponse:
    membership = managing_membership(request, slug)
    room = membership.room
    form = NameForm(request.POST or None, instance=room)
    if request.method == "POST" and form.is_valid():
        update_room(membership, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("room_settings", slug)
    context = {
        "room": room,
        "membership": membership,
        "form": form,
        "invite_form": InviteForm(),
        "invites": room.invites.usable().select_related("created_by").order_by("-created_at"),
        "can_manage": True,
        "assistant_present": room.memberships.filter(user__is_bot=True).exists(),
    }
    return render(request, "rooms/room_settings.html", context, status=422 if form.errors else 200)


def _in_time(request: HttpRequest, form: NameForm) -> bool:
    if wait := ratelimit.wait_for("create_room", person(request).pk):
        form.add_error(None, f"That were many rooms at once. Try again in {wait // 60 + 1} min.")
    return not form.errors
