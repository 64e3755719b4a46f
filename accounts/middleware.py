"""What allauth's pages need from outside: our site in place of the name of the host, a browser that forgets, and an
answer while nobody can count how often they are used.
"""

import logging

from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.deprecation import MiddlewareMixin
from kombu.exceptions import OperationalError
from redis import RedisError

logger = logging.getLogger(__name__)

WAYS_OUT = {"account_logout", "logout"}
AWAY = (RedisError, OperationalError)
SOON, A_WHILE = 10, 60
"""Seconds after which to try again: when Redis may be back, and when allauth's limits let some through again."""


class AccountPagesMiddleware(MiddlewareMixin):
    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        if response.context_data and isinstance(response.context_data.get("site"), RequestSite):
            del response.context_data["site"]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Tries at passwords are counted in Redis, and mail is handed over there. What nobody counts may not be tried:
        whichever of these pages fails so, it says that and no more.
        """
        match = request.resolver_match
        if not (isinstance(exception, AWAY) and match and match.func.__module__.startswith("allauth.")):
            return None
        logger.warning("%s has to wait: Redis does not answer (%s).", request.path, exception)
        page = render_to_string("account/unavailable.html")
        answer = HttpResponse(page, status=503, headers={"Retry-After": str(SOON)})
        answer._has_been_logged = True  # type: ignore[attr-defined]  # said above, and no error of this process
        return answer

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Drafts and whatever else the browser kept belong to the person who leaves."""
        match = request.resolver_match
        if request.method == "POST" and match and match.url_name in WAYS_OUT and response.status_code < 400:
            response["Clear-Site-Data"] = '"storage"'
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(A_WHILE))
        return response
