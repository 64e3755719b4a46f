"""The two ways in: HTTP, and the live socket, which only the site's own pages may open."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.conf import settings
from django.core.asgi import get_asgi_application

from chatsite.lib.origins import OwnPagesOnly

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

pages = get_asgi_application()

from rooms.routing import websocket_urlpatterns  # noqa: E402  (apps must be loaded first)

application = ProtocolTypeRouter(
    {
        "http": pages,
        "websocket": OwnPagesOnly(CookieMiddleware(URLRouter(websocket_urlpatterns)), settings.SITE_ORIGINS),
    }
)
