"""The shell's own pages: home, the first run, health, and what stands in when something fails."""

import hmac
import sys

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent, ValidationError
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, ProcessCollector, generate_latest

from accounts.actions import EmailTaken
from accounts.models import Site, User
from chatsite import health
from chatsite.first_run import FirstRunForm, create_site
from chatsite.lib.metrics import PREFIX
from rooms.tabs import live

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
AWAY = (InterfaceError, OperationalError)
SOON = 5
"""Seconds after which the database may be back."""


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To where one was last active; to the first run on an empty site. Whoever lost a room comes here `gone`."""
    if not Site.current():
        return redirect("first_run")
    if not isinstance(request.user, User):
        return redirect("account_login")
    if "gone" in request.GET:
        messages.warning(request, "You are no longer in that room.")
    membership = request.user.memberships.select_related("room").order_by("-room__last_message_at").first()
    return redirect(membership.room) if membership else redirect("room_list")


@never_cache
def first_run(request: HttpRequest) -> HttpResponse:
    """Only on an empty site, and only for whoever holds the token, where there is one."""
    if Site.current():
        raise Http404
    if not _holds_token(request):
        return render(request, "chatsite/first_run_locked.html", status=403)
    form = FirstRunForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            membership = create_site(**form.cleaned_data)
        except (ValidationError, EmailTaken):  # somebody else was first
            return redirect("home")
        login(request, membership.user)
        return redirect(membership.room)
    return render(request, "chatsite/first_run.html", {"form": form, "demo": settings.OPENAI_API_KEY == "demo"})


def _holds_token(request: HttpRequest) -> bool:
    if "token" in request.GET:
        request.session["first_run_token"] = request.GET["token"]
    given = request.session.get("first_run_token", "")
    return not settings.FIRST_RUN_TOKEN or hmac.compare_digest(given.encode(), settings.FIRST_RUN_TOKEN.encode())


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Everything that this process needs answers; 503 and the culprits where not."""
    found = health.check()
    answer = JsonResponse(found, status=200 if all(state == "ok" for state in found.values()) else 503)
    # Not being ready yet is an answer, not an error of this process that belongs into its log.
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """This process's counts, as Prometheus reads them: for whoever holds the token, and for superusers."""
    if not _may_measure(request):
        raise Http404
    counts, tabs = live()
    registry = CollectorRegistry()
    registry.register(counts)
    Gauge(f"{PREFIX}_tabs", "Open pages with a live socket.", registry=registry).set(tabs)
    ProcessCollector(registry=registry)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_measure(request: HttpRequest) -> bool:
    token, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    return isinstance(request.user, User) and request.user.is_superuser


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is too large is told from what makes no sense."""
    status = 413 if isinstance(exception, TOO_MUCH) else 400
    return HttpResponse(render_to_string(f"{status}.html"), status=status)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Without context processors: what failed may be what they need. A database that is away comes back by itself."""
    if isinstance(sys.exception(), AWAY):
        return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": str(SOON)})
    return HttpResponse(render_to_string("500.html"), status=500)
