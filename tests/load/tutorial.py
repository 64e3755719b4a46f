"""The tutorial's way, for comparison: a consumer a tab, `group_send`, no revisions, nothing after a lost line."""

import argparse
import os
from typing import Any
from uuid import UUID

import django
import uvicorn
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter
from channels.sessions import CookieMiddleware

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.load.chaos_settings")
django.setup()

from accounts.models import User  # noqa: E402
from accounts.sessions import Visit, visit  # noqa: E402
from chatsite.lib.handlers import Pages  # noqa: E402
from rooms.actions.messages import post_message  # noqa: E402
from rooms.models import Message  # noqa: E402
from rooms.rendering import message_frame  # noqa: E402

Frame = dict[str, Any]


class TutorialConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        found: Visit | None = await database_sync_to_async(visit)(self.scope["cookies"])
        if found is None:
            return await self.close(4401)
        self.user, self.groups_joined = found.user, set[str]()
        return await self.send_json([{"type": "hello", "user": str(found.user.pk), "heartbeat": 20}])

    async def disconnect(self, code: int) -> None:
        for group in self.groups_joined:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def receive_json(self, content: Frame, **kwargs: Any) -> None:
        await self.send_json([{"type": "ok", "ref": content["ref"], **await self._answer(content)}])

    async def chat_message(self, event: Frame) -> None:
        await self.send_json([event["frame"]])

    async def _answer(self, content: Frame) -> Frame:
        match content["type"]:
            case "open":
                self.groups_joined.add(f"chat_{content['room']}")
                await self.channel_layer.group_add(f"chat_{content['room']}", self.channel_name)
                return {"revision": 0}
            case "post":
                frame = await database_sync_to_async(_store)(self.user, content)
                await self.channel_layer.group_send(f"chat_{content['room']}", {"type": "chat.message", "frame": frame})
                return {"seq": frame["seq"], "id": frame["id"]}
        return {}


def _store(user: User, content: Frame) -> Frame:
    membership = user.memberships.select_related("room", "user").get(room=content["room"])
    stored = post_message(membership, body=content["body"], client_id=UUID(content["client_id"]))
    # Without revisions whatever comes is taken as it is.
    return message_frame(Message.objects.for_display().get(pk=stored.pk)) | {"after": 0}


application = ProtocolTypeRouter({"http": Pages(), "websocket": CookieMiddleware(TutorialConsumer.as_asgi())})

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    uvicorn.run(application, port=parser.parse_args().port, lifespan="off", log_level="warning")
