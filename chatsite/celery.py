"""The background worker, and all periodic work on one screen."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")

app = Celery("chatsite")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "mend runs whose worker is gone": {"task": "aibot.tasks.mend_runs", "schedule": 10.0, "options": {"expires": 10}},
}
