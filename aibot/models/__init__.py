"""The AI participant: who it is, what it was asked, what it decided, and its runs."""

from aibot.models.assistant import Assistant
from aibot.models.decision import Decision
from aibot.models.run import Run
from aibot.models.trigger import Trigger

__all__ = ["Assistant", "Decision", "Run", "Trigger"]
