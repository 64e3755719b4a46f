"""What moderators do."""

from django.apps import AppConfig


class ModerationConfig(AppConfig):
    name = "moderation"

    def ready(self) -> None:
        from chatsite.lib import audit
        from moderation.receivers import write_down

        audit.recorded.connect(write_down, dispatch_uid="moderation.write_down")
