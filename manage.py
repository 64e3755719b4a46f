#!/usr/bin/env python3
"""The site's commands. `up` and `test` need nothing but Python: they make their own environment first."""

import os
import sys

# Pythons that are too old read this file too, so it says nothing that they could not.
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit("Roundtable runs on Python 3.11 to 3.13; this is %d.%d: try python3.13." % sys.version_info[:2])  # noqa: UP031
if os.name == "nt":
    sys.exit("Roundtable runs on Linux and macOS: on Windows, use it in WSL.")


def main() -> None:
    from chatsite import bootstrap

    command, arguments = "".join(sys.argv[1:2]), sys.argv[2:]
    bootstrap.enter(command, arguments)
    if command == "up":
        from chatsite import up

        sys.exit(up.main(arguments))
    if command == "test":
        from chatsite import ci

        ci.main(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
