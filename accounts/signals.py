"""What accounts asks of those above it."""

from django.dispatch import Signal

invitation_shown = Signal()
"""`token`, where only the invited may sign up. A receiver answers True when it still stands for this invitation."""
