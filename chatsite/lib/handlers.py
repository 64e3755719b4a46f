"""Django's way from ASGI to a page, in one thread from the first middleware to the last."""

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase

from chatsite.lib.templates import roomy


class Pages(ASGIHandler):
    """Django would step into the request's thread and out of it again for each middleware, before the view and behind
    it, some twenty times a page. Nothing on the way to our pages waits without a thread, so one step in is enough.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(roomy(self.get_response))(request)
