"""The two ways in: HTTP, and the live socket, which only the site's own pages may open."""

import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.sessions import CookieMiddleware
from django.conf import settings

from chatsite.lib.handlers import Pages
from chatsite.lib.origins import OwnPagesOnly

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

django.setup(set_prefix=False)

from rooms.routing import websocket_urlpatterns  # noqa: E402  (apps must be loaded first)

application = ProtocolTypeRouter(
    {
        "http": Pages(),
        "websocket": OwnPagesOnly(CookieMiddleware(URLRouter(websocket_urlpatterns)), settings.SITE_ORIGINS),
    }
)
