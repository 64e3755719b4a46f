"""The assistant's background work. Tasks take ids, end in one call, and can run twice.

They leave the queue when they begin: a run that its worker lost is found by its lease, and a worker that holds tasks
while Redis goes away can fall over them (kombu gives them back over a connection that it has just closed).
"""

from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready

from aibot import provider
from aibot.mending import mend
from aibot.replies import write_answer


@shared_task
def answer(run_id: str) -> None:
    write_answer(UUID(run_id))


@shared_task
def mend_runs() -> None:
    mend()


@worker_ready.connect(dispatch_uid="aibot.warm_up")
def warm_up(**_: Any) -> None:
    provider.warm_up()
