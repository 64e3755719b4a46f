"""Invitation links: made, ended, and followed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import User
from rooms.actions.memberships import accept_invite, create_invite, revoke_invite
from rooms.exceptions import Refused
from rooms.forms import InviteForm
from rooms.models import Invite
from rooms.views.scope import managing_membership, member_view, require_pace


@require_POST
@member_view
def invite_create(request: HttpRequest, slug: str) -> HttpResponse:
    membership = managing_membership(request, slug)
    form = InviteForm(request.POST)
    if not form.is_valid():
        raise Refused("Choose how long, and how often, the link may be used.")
    require_pace(request, "invite")
    create_invite(membership, **form.terms())
    messages.success(request, "Here is your link. Send it to whom you like.")
    return redirect("room_settings", slug)


@require_POST
@member_view
def invite_revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    membership = managing_membership(request, slug)
    revoke_invite(get_object_or_404(membership.room.invites, pk=pk))
    messages.success(request, "That link lets nobody in any more.")
    return redirect("room_settings", slug)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: HttpRequest, token: str) -> HttpResponse:
    """Who is signed in may accept; who is not signs in or up first, and comes back."""
    found = get_object_or_404(Invite.objects.select_related("room", "created_by"), token=token)
    user = request.user if isinstance(request.user, User) else None
    if user and user.memberships.filter(room=found.room).exists():
        return redirect(found.room)
    if request.method == "POST" and user:
        return _accept(request, found, user)
    request.session["invited"] = found.token if found.state == "valid" else ""
    context = {"invite": found, "room": found.room, "state": found.state}
    return render(request, "rooms/invite.html", context, status=200 if found.state == "valid" else 410)


def _accept(request: HttpRequest, found: Invite, user: User) -> HttpResponse:
    try:
        accept_invite(found, user=user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    return redirect(found.room)
