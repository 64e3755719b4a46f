"""Queries that are compiled once and asked often: the ORM takes several times longer to write the SQL of a hot query
than PostgreSQL takes to answer it.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=Model)

SAMPLES = (UUID(int=1), UUID(int=2))
"""For queries that are asked by id."""


class Prepared(Generic[M]):
    """`build` makes the queryset from values of the right types; `samples` are such values, each unlike all others.

    Only values may differ from call to call, never what is asked: no None, no prefetching, no lists (but
    arrays, by `RawSQL`).
    """

    def __init__(self, build: Callable[..., "QuerySet[M]"], *samples: Any) -> None:
        self._build, self._samples = build, samples

    def __call__(self, *values: Any) -> list[M]:
        """What `list(build(*values))` would give."""
        plan = self._plan
        with connection.cursor() as cursor:
            cursor.execute(plan.sql, [value if slot is None else values[slot] for slot, value in plan.slots])
            return list(self._models(cursor.fetchall()))

    def first(self, *values: Any) -> M | None:
        return next(iter(self(*values)), None)

    @cached_property
    def _plan(self) -> "Plan":
        """All of it from one compiler: many threads may ask for the first time at once."""
        compiler: Any = self._build(*self._samples).query.get_compiler("default")
        sql, params = compiler.as_sql()
        slots = [(self._samples.index(param) if param in self._samples else None, param) for param in params]
        assert {slot for slot, _ in slots} >= set(range(len(self._samples))), "a sample is not among the parameters"
        about, select = compiler.klass_info, compiler.select
        columns = slice(about["select_fields"][0], about["select_fields"][-1] + 1)
        return Plan(
            sql,
            slots,
            model=about["model"],
            columns=columns,
            names=[column[0].target.attname for column in select[columns]],
            related=get_related_populators(about, select, "default"),  # type: ignore[call-arg]  # stubs of a later Django
            annotations=list(compiler.annotation_col_map.items()),
            convert=partial(compiler.apply_converters, converters=compiler.get_converters([one[0] for one in select])),
        )

    def _models(self, rows: list[Any]) -> Iterator[M]:
        plan = self._plan
        for row in plan.convert(rows):
            one: M = plan.model.from_db("default", plan.names, row[plan.columns])
            for populator in plan.related:
                populator.populate(row, one)
            for name, place in plan.annotations:
                setattr(one, name, row[place])
            yield one


class Plan(NamedTuple):
    """A query, with the number of the value that goes to each parameter or a fixed value; and how a row becomes a
    model: what its columns are, what hangs on it, and how the database's values become Python's.
    """

    sql: str
    slots: list[tuple[int | None, Any]]
    model: Any
    columns: slice
    names: list[str]
    related: list[Any]
    annotations: list[tuple[str, int]]
    convert: Callable[..., Iterable[Any]]
