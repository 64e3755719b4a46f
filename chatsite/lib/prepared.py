"""Queries that are compiled once and asked often: the ORM takes several times longer to write the SQL of a hot query
than PostgreSQL takes to answer it.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)

SAMPLES = (UUID(int=1), UUID(int=2))
"""For queries that are asked by id."""


class Prepared(Generic[M]):
    """`build` makes the queryset from values of the right types; `samples` are such values, each unlike all others.

    Only values may differ from call to call, never what is asked: no None, no lists, no prefetching.
    """

    def __init__(self, build: Callable[..., "QuerySet[M]"], *samples: Any) -> None:
        self._build, self._samples = build, samples

    def __call__(self, *values: Any) -> list[M]:
        """What `list(build(*values))` would give."""
        sql, slots = self._compiled
        with connection.cursor() as cursor:
            cursor.execute(sql, [value if slot is None else values[slot] for slot, value in slots])
            return list(self._models(cursor.fetchall()))

    def first(self, *values: Any) -> M | None:
        return next(iter(self(*values)), None)

    @cached_property
    def _compiler(self) -> Any:
        return self._build(*self._samples).query.get_compiler("default")

    @cached_property
    def _compiled(self) -> tuple[str, list[tuple[int | None, Any]]]:
        """The SQL, and for each of its parameters the number of the value that goes there, or a fixed value."""
        sql, params = self._compiler.as_sql()
        slots = [(self._samples.index(param) if param in self._samples else None, param) for param in params]
        assert {slot for slot, _ in slots} >= set(range(len(self._samples))), "a sample is not among the parameters"
        return sql, slots

    @cached_property
    def _shape(self) -> tuple[type[M], slice, list[str], list[Any], list[tuple[str, int]], Any]:
        """How a row becomes a model: its class, columns and names, what hangs on it, and the columns' converters."""
        about, select = self._compiler.klass_info, self._compiler.select
        columns = slice(about["select_fields"][0], about["select_fields"][-1] + 1)
        names = [column[0].target.attname for column in select[columns]]
        related = get_related_populators(about, select, "default")  # type: ignore[call-arg]  # stubs of a later Django
        converters = self._compiler.get_converters([column[0] for column in select])
        return about["model"], columns, names, related, list(self._compiler.annotation_col_map.items()), converters

    def _models(self, rows: list[Any]) -> Iterator[M]:
        model, columns, names, related, annotations, converters = self._shape
        for row in self._compiler.apply_converters(rows, converters) if converters else rows:
            one: M = model.from_db("default", names, row[columns])
            for populator in related:
                populator.populate(row, one)
            for name, place in annotations:
                setattr(one, name, row[place])
            yield one
