"""The doors to the assistant: stop, try again, and its seat in a room."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from aibot.actions import retry_answer, seat_assistant, stop_answer, unseat_assistants
from aibot.limits import require_question
from rooms.exceptions import Refused, TooFast
from rooms.models import Membership, Message
from rooms.views.scope import managing_membership, member_view, person


@require_POST
@member_view
def answer_stop(request: HttpRequest, pk: str) -> HttpResponse:
    membership, message = _answer(request, pk)
    stop_answer(membership, message=message)
    return _done(request, message)


@require_POST
@member_view
def answer_retry(request: HttpRequest, pk: str) -> HttpResponse:
    _, message = _answer(request, pk)
    try:
        require_question(person(request))
        retry_answer(message=message)
    except TooFast:
        raise
    except Refused as refusal:
        return _refused(request, message, str(refusal))
    return _done(request, message)


@require_POST
@member_view
def room_assistant(request: HttpRequest, slug: str) -> HttpResponse:
    membership = managing_membership(request, slug)
    if "remove" in request.POST:
        unseat_assistants(membership)
    else:
        seat_assistant(membership.room)
    return redirect("room_settings", slug)


def _answer(request: HttpRequest, pk: str) -> tuple[Membership, Message]:
    """An answer in a room that the person is in, if stopping it is theirs."""
    message = get_object_or_404(Message.objects.select_related("room", "reply_to"), pk=pk, author__is_bot=True)
    mine = person(request).memberships.select_related("room", "user")
    membership = get_object_or_404(mine, room=message.room)
    if not membership.may_stop(message):
        raise PermissionDenied
    return membership, message


def _done(request: HttpRequest, message: Message) -> HttpResponse:
    """The page hears of it over its socket; without script one goes back to it."""
    return redirect(message) if _wants_page(request) else HttpResponse(status=204)


def _refused(request: HttpRequest, message: Message, why: str) -> HttpResponse:
    if not _wants_page(request):
        return HttpResponse(why, status=409, content_type="text/plain")
    messages.error(request, why)
    return redirect(message)


def _wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("accept", "")
