"""How a test whose commits were real leaves the database empty again."""

from functools import cache

from django.db import connection, transaction
from django.test import TransactionTestCase

# What `migrate` writes, and no test changes; to make it anew takes longer than most tests.
LASTING = {"django_migrations", "django_content_type", "auth_permission"}


def empty_quickly() -> None:
    """From now on: deleting a few rows is far quicker than truncating sixty tables, each of which is a file."""
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[method-assign]


def _empty(test: TransactionTestCase) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_statements())


@cache
def _statements() -> str:
    """For a replica no foreign key and no trigger is at work, so any order will do."""
    with connection.cursor() as cursor:
        tables = sorted({*connection.introspection.table_names(cursor)} - LASTING)
    return "".join(["SET LOCAL session_replication_role = replica;", *(f'DELETE FROM "{table}";' for table in tables)])
