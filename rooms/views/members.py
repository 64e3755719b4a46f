"""Coming in, going, and who is there."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from rooms.actions.memberships import change_role, join_room, leave_room, remove_member
from rooms.models import Membership
from rooms.views.scope import managing_membership, member_view, own_membership, person, visible_room

PAGE = 100
APPOINTED = {Membership.Role.OWNER, Membership.Role.MODERATOR}
"""By owners alone."""


@require_POST
@member_view
def room_join(request: HttpRequest, slug: str) -> HttpResponse:
    membership = join_room(person(request), room=visible_room(request, slug))
    return redirect(membership.room)


@require_POST
@member_view
def room_leave(request: HttpRequest, slug: str) -> HttpResponse:
    membership = own_membership(request, slug)
    leave_room(membership)
    messages.success(request, f"You have left {membership.room.name}.")
    return redirect("home")


@require_safe
@member_view
def room_members(request: HttpRequest, slug: str) -> HttpResponse:
    room = visible_room(request, slug)
    page = Paginator(room.memberships.by_name(), PAGE).get_page(request.GET.get("page"))
    context = {
        "room": room,
        "page_obj": page,
        "members": page.object_list,
        "membership": person(request).memberships.filter(room=room).first(),
        "roles": Membership.Role.choices,
    }
    return render(request, "rooms/room_members.html", context)


@require_POST
@member_view
def room_member(request: HttpRequest, slug: str, user: str) -> HttpResponse:
    """Another role, or out."""
    by = managing_membership(request, slug)
    other: Membership = get_object_or_404(by.room.memberships.select_related("user", "room"), user=user)
    role = request.POST.get("role", "")
    if not by.may_change(other) or (role in APPOINTED and not by.is_owner):
        raise PermissionDenied
    if "remove" in request.POST:
        remove_member(other, by=by)
        messages.success(request, f"{other.user} is no longer in {by.room.name}.")
    elif role in Membership.Role.values:
        change_role(other, role=role, by=by)
        messages.success(request, f"{other.user} is now {other.get_role_display().lower()}.")
    return redirect("room_members", slug)
