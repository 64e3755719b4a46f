"""Brings a site to the state that its code expects; `up` runs it where needed, a deployment always."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command

from chatsite.supervisor.preparation import has_static_files, note_static_files


class Command(BaseCommand):
    help = "Applies migrations, and collects static files where they have changed."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        folder = Path(settings.STATIC_ROOT)
        # Compressing takes ten seconds, also where nothing has changed.
        if not has_static_files(folder):
            call_command("collectstatic", interactive=False, verbosity=0)
            note_static_files(folder)
