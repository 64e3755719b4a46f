"""What a process counts, and who may read it."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User
from chatsite.lib.metrics import Metrics
from rooms import tabs
from tests.people import browser


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Metrics:
    metrics = Metrics(bells=7, gaps=2, drops=1)
    metrics.lag.observe(0.004)
    monkeypatch.setattr(tabs, "_hubs", {None: type("Hub", (), {"metrics": metrics})})
    return metrics


def read(client: Client, token: str = "") -> str:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.usefixtures("counts")
def test_a_superuser_reads_what_was_counted(alice: User) -> None:
    alice.is_superuser = True
    alice.save()
    lines = read(browser(alice)).splitlines()
    assert {"roundtable_bells_total 7.0", "roundtable_gaps_total 2.0", "roundtable_drops_total 1.0"} <= set(lines)
    assert {'roundtable_lag_seconds_bucket{le="0.005"} 1.0', "roundtable_tabs 0.0"} <= set(lines)


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "wrong", "sesamé"])
def test_the_token_opens_and_nothing_else_does(given: str, settings: Settings) -> None:
    settings.METRICS_TOKEN = "sesame"
    assert "roundtable_polls_total" in read(Client(), "sesame")
    assert Client().get("/metrics", headers={"Authorization": f"Bearer {given}"}).status_code == 404


@pytest.mark.django_db
def test_without_a_token_none_opens(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
