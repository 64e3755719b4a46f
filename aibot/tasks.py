"""The assistant's background work. Tasks take ids, end in one call, and can run twice."""

from uuid import UUID

from celery import shared_task

from aibot.mending import mend
from aibot.replies import write_answer


@shared_task
def answer(run_id: str) -> None:
    write_answer(UUID(run_id))


@shared_task
def mend_runs() -> None:
    mend()
