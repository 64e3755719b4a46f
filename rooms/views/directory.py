"""Finding a room: the directory, the sidebar, and the quick switcher."""

from django.core.paginator import Paginator
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from rooms.models import Room
from rooms.views.scope import member_view, person, require_pace

PAGE = 50
JUMPS = 12
LONGEST_QUERY = 100


@require_safe
@member_view
def room_list(request: HttpRequest) -> HttpResponse:
    user, text = person(request), _query(request)
    rooms = Room.objects.public().named_like(text).for_directory(user)
    page = Paginator(rooms, PAGE).get_page(request.GET.get("page"))
    public = Room.objects.public()
    context = {
        "page_obj": page,
        "rooms": page.object_list,
        "q": text,
        "public_count": public.count(),
        "mine_count": user.memberships.filter(room__in=public).count(),
    }
    return render(request, "rooms/room_list.html", context)


@require_safe
@member_view
def room_sidebar(request: HttpRequest) -> HttpResponse:
    return render(request, "rooms/_room_list.html")


@require_safe
@member_view
def jump(request: HttpRequest) -> HttpResponse:
    """One's own rooms first, the liveliest on top; then public rooms that one could join."""
    user, text = person(request), _query(request)
    mine = user.memberships.for_sidebar().filter(room__name__icontains=text)[:JUMPS]
    others = Room.objects.public().named_like(text).exclude(memberships__in=user.memberships.all())
    context = {"mine": mine, "others": others.order_by(Lower("name"))[:JUMPS] if text else [], "q": text}
    return render(request, "rooms/_jump.html", context)


def _query(request: HttpRequest) -> str:
    """Every name is looked at for it, so it has its pace."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY]
    if text:
        require_pace(request, "search")
    return text
