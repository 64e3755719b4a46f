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
Row = tuple[Any, ...]

SAMPLES = (UUID(int=1), UUID(int=2))
"""For queries that are asked by id."""


class PreparedRows:
    """Of a `values_list`. `build` makes the queryset from values of the right types; `samples` are such values, each
    unlike all others.

    Only values may differ from call to call, never what is asked: no None, no prefetching, no lists (but
    arrays, by `RawSQL`).
    """

    def __init__(self, build: Callable[..., Any], *samples: Any) -> None:
        self._build, self._samples = build, samples

    def __call__(self, *values: Any) -> list[Row]:
        """What `list(build(*values))` would give."""
        question = self.question
        with connection.cursor() as cursor:
            cursor.execute(question.sql, [value if slot is None else values[slot] for slot, value in question.slots])
            return list(map(tuple, question.convert(cursor.fetchall())))

    @cached_property
    def question(self) -> "Question":
        """All of it from one compiler: many threads may ask for the first time at once."""
        compiler: Any = self._build(*self._samples).query.get_compiler("default")
        sql, params = compiler.as_sql()
        slots = [(self._samples.index(param) if param in self._samples else None, param) for param in params]
        assert {slot for slot, _ in slots} >= set(range(len(self._samples))), "a sample is not among the parameters"
        converters = compiler.get_converters([column[0] for column in compiler.select])
        return Question(sql, slots, partial(compiler.apply_converters, converters=converters), compiler)


class Prepared(Generic[M]):
    """The same of models, with all that was selected to hang on them."""

    def __init__(self, build: Callable[..., "QuerySet[M]"], *samples: Any) -> None:
        self._rows = PreparedRows(build, *samples)

    def __call__(self, *values: Any) -> list[M]:
        return list(self._models(self._rows(*values)))

    def first(self, *values: Any) -> M | None:
        return next(iter(self(*values)), None)

    @cached_property
    def _plan(self) -> "Plan":
        compiler = self._rows.question.compiler
        about, select = compiler.klass_info, compiler.select
        columns = slice(about["select_fields"][0], about["select_fields"][-1] + 1)
        return Plan(
            model=about["model"],
            columns=columns,
            names=[column[0].target.attname for column in select[columns]],
            related=get_related_populators(about, select, "default"),  # type: ignore[call-arg]  # stubs of a later Django
            annotations=list(compiler.annotation_col_map.items()),
        )

    def _models(self, rows: list[Row]) -> Iterator[M]:
        plan = self._plan
        for row in rows:
            one: M = plan.model.from_db("default", plan.names, row[plan.columns])
            for populator in plan.related:
                populator.populate(row, one)
            for name, place in plan.annotations:
                setattr(one, name, row[place])
            yield one


class Question(NamedTuple):
    """A query, with the number of the value that goes to each parameter or a fixed value; and how the database's values
    become Python's.
    """

    sql: str
    slots: list[tuple[int | None, Any]]
    convert: Callable[..., Iterable[Any]]
    compiler: Any


class Plan(NamedTuple):
    """How a row becomes a model: what its columns are, and what hangs on it."""

    model: Any
    columns: slice
    names: list[str]
    related: list[Any]
    annotations: list[tuple[str, int]]
