"""The logic of the page's modules, in the browser that all tests use: no other runtime is needed.

The same files run under Node as well: `node --test tests/js/`.
"""

from pathlib import Path

import pytest

from tests.js.headless import Outcomes, run

MODULES = sorted(path.name for path in Path(__file__).parent.glob("*.test.js"))


@pytest.fixture(scope="module")
def outcomes() -> Outcomes:
    """All modules in one page: each test's name and error."""
    return run(*MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_every_test_of_the_module_passes(module: str, outcomes: Outcomes) -> None:
    assert outcomes[module], f"{module} holds no test"
    assert [outcome for outcome in outcomes[module] if outcome["error"]] == []
