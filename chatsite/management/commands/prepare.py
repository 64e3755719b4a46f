"""Brings a site to the state that its code expects; `up` runs it where something has changed, deployments always."""

from typing import Any

from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = "Applies migrations and collects static files."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
