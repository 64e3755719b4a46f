"""Where limits count a visitor: at an address, or at the network that is one subscriber's."""

import pytest

from chatsite.lib.addresses import neighbourhood


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("203.0.113.7", 5000), "203.0.113.7"),
        (["2001:db8:1:2:3:4:5:6", 1], "2001:db8:1:2::/64"),
        (["::ffff:203.0.113.7", 1], "::ffff:203.0.113.7"),
        (["a name", 1], "a name"),
        (None, ""),
    ],
)
def test_a_visitor_is_counted_where_they_are(client: tuple[str, int] | None, counted: str) -> None:
    assert neighbourhood(client) == counted
