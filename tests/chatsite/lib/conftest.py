"""A hub, and the log that it serves."""

import pytest

from chatsite.lib.hub import Hub
from tests.chatsite.lib.ledger import Ledger


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def hub(ledger: Ledger) -> Hub:
    return Hub(ledger)
