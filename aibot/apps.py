"""The AI participant."""

from django.apps import AppConfig


class AibotConfig(AppConfig):
    name = "aibot"
    verbose_name = "Assistant"

    def ready(self) -> None:
        from aibot.receivers import consider
        from rooms.signals import messages_posted

        messages_posted.connect(consider, dispatch_uid="aibot.consider")
