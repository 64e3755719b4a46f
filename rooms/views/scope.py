"""Scope, then find: what a person may not see does not exist for them."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.models import User
from chatsite.lib import ratelimit
from chatsite.lib.prepared import SAMPLES, Prepared
from rooms.exceptions import Refused, TooFast
from rooms.models import Membership, Room

VISIBLE = Prepared(
    lambda user, slug: Room.objects.visible_to(User(pk=user)).filter(slug=slug), SAMPLES[0], "the slug of a room"
)


def person(request: HttpRequest) -> User:
    return cast(User, request.user)


def visible_room(request: HttpRequest, slug: str) -> Room:
    room = VISIBLE.first(person(request).pk, slug)
    if room is None:
        raise Http404
    return room


def own_membership(request: HttpRequest, slug: str) -> Membership:
    """Of a room that they are in; else 404."""
    mine = person(request).memberships.select_related("room", "user")
    membership: Membership = get_object_or_404(mine, room__slug=slug)
    return membership


def managing_membership(request: HttpRequest, slug: str) -> Membership:
    """Of a room that they may manage; 404 for who is not in it, 403 for who is."""
    membership = own_membership(request, slug)
    if not membership.may_manage():
        raise PermissionDenied
    return membership


def require_pace(request: HttpRequest, limit: str) -> None:
    if wait := ratelimit.wait_for(limit, person(request).pk):
        raise TooFast(wait)


def _page_of(request: HttpRequest, slug: str = "") -> str:
    """Where one can go again: to the page itself, but never to the address of a deed, which answers to forms alone."""
    if request.method != "POST":
        return request.get_full_path()
    return reverse("room", args=[slug]) if slug else reverse("home")


def _too_fast(request: HttpRequest, refusal: TooFast, *, slug: str = "", **_: Any) -> HttpResponse:
    """For a script the sentence, for people the page."""
    if "text/html" in request.headers.get("accept", "") and "HX-Request" not in request.headers:
        context = {"refusal": refusal, "again": _page_of(request, slug)}
        response = render(request, "rooms/too_fast.html", context, status=429)
    else:
        response = HttpResponse(str(refusal), status=429, content_type="text/plain")
    response["Retry-After"] = str(refusal.retry_after)
    return response


def member_view(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For people only; kept by no browser, which others may use after them; and a `Refused` of the action becomes a
    sentence on the page it came from, or, for who was too fast, a page that says when it goes on.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(_page_of(request, kwargs.get("slug", "")))
        try:
            return view(request, *args, **kwargs)
        except TooFast as refusal:
            return _too_fast(request, refusal, **kwargs)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("room", kwargs["slug"]) if "slug" in kwargs else redirect("room_list")

    return guarded
