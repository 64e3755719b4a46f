"""The shell."""

from django.apps import AppConfig


class ChatsiteConfig(AppConfig):
    name = "chatsite"

    def ready(self) -> None:
        # Tasks find their broker through the current Celery app, so it must be there in every process.
        from chatsite import celery  # noqa: F401
