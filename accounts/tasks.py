"""Mail goes out from the worker, so that a slow mail server never keeps anybody waiting."""

import base64
import json
from smtplib import SMTPException

from celery import shared_task
from django.core.mail import EmailMessage

from chatsite.lib import crypto

CONTEXT = "accounts.mail"


def post_mail(mail: EmailMessage) -> None:
    """Queue a plain-text mail. It waits encrypted: reset links have no business in the queue's snapshots or logs."""
    letter = json.dumps({"subject": mail.subject, "body": mail.body, "from_email": mail.from_email, "to": mail.to})
    sealed = crypto.encrypt(letter.encode(), context=CONTEXT)
    deliver_mail.delay(base64.b64encode(sealed).decode())


# Taken from the queue only when it is out: nobody else would find it again.
@shared_task(
    acks_late=True,
    autoretry_for=(SMTPException, OSError),
    retry_backoff=10,
    retry_backoff_max=900,
    max_retries=8,
    retry_jitter=True,
)
def deliver_mail(letter: str) -> None:
    fields = json.loads(crypto.decrypt(base64.b64decode(letter), context=CONTEXT))
    EmailMessage(**fields).send()
