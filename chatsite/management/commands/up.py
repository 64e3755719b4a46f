"""Lists `up` among the commands; manage.py runs it ahead of Django, because `--data` decides where settings look."""

from typing import Any

from django.core.management import BaseCommand

from chatsite import up


class Command(BaseCommand):
    help = "Runs the whole site: services, migrations, web, worker and, without a key, a demo model."

    def run_from_argv(self, argv: list[str]) -> None:
        raise SystemExit(up.main(argv[2:]))

    def handle(self, *args: Any, **options: Any) -> None:
        raise SystemExit(up.main([]))
