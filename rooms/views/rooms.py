"""Making a room, and changing it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from chatsite.lib import ratelimit
from rooms.actions.rooms import create_room, update_room
from rooms.exceptions import TooFast
from rooms.forms import InviteForm, NameForm, NewRoomForm
from rooms.models import Membership
from rooms.views.scope import managing_membership, member_view, person


@member_view
def room_create(request: HttpRequest) -> HttpResponse:
    form = NewRoomForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "rooms/room_form.html", {"form": form}, status=422 if form.errors else 200)
    if wait := ratelimit.wait_for("create_room", person(request).pk):
        return _too_many_rooms(request, form, wait)
    return redirect(create_room(person(request), **form.cleaned_data).room)


def _too_many_rooms(request: HttpRequest, form: NewRoomForm, wait: int) -> HttpResponse:
    """What was filled in stays."""
    form.add_error(None, str(TooFast(wait)))
    response = render(request, "rooms/room_form.html", {"form": form}, status=429)
    response["Retry-After"] = str(wait)
    return response


@member_view
def room_settings(request: HttpRequest, slug: str) -> HttpResponse:
    membership = managing_membership(request, slug)
    room = membership.room
    form = _settings_form(request, membership)
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


def _settings_form(request: HttpRequest, membership: Membership) -> NameForm:
    """Without the choice of who may find the room, for those whose choice it is not."""
    room = membership.room
    form = NameForm(request.POST or None, instance=room)
    if not membership.may_set_kind():
        if request.POST.get("kind", room.kind) != room.kind:
            raise PermissionDenied
        del form.fields["kind"]
    return form
