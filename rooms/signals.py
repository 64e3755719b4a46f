"""What the conversation tells those above it."""

from django.dispatch import Signal

message_submitted = Signal()
"""`message`, before it is stored. A receiver may raise `MessageRejected`."""

messages_posted = Signal()
"""`messages` that were stored together, after commit, by `send_robust`: receivers may do anything and break nothing."""
