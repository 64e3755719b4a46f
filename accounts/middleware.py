"""What allauth's pages need from outside: our site in place of the name of the host, and a browser that forgets."""

from django.contrib.sites.requests import RequestSite
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.deprecation import MiddlewareMixin

WAYS_OUT = {"account_logout", "logout"}


class AccountPagesMiddleware(MiddlewareMixin):
    def process_template_response(self, request: HttpRequest, response: TemplateResponse) -> TemplateResponse:
        if response.context_data and isinstance(response.context_data.get("site"), RequestSite):
            del response.context_data["site"]
        return response

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Drafts and whatever else the browser kept belong to the person who leaves."""
        match = request.resolver_match
        if request.method == "POST" and match and match.url_name in WAYS_OUT and response.status_code < 400:
            response["Clear-Site-Data"] = '"storage"'
        return response
