"""Where the live socket listens."""

from typing import Any

from django.urls import path

from rooms.consumers import ChatConsumer

websocket_urlpatterns: list[Any] = [path("ws/", ChatConsumer.as_asgi())]  # type: ignore[arg-type]
