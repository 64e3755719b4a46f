"""Where a request comes from, as limits count it."""

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

SUBSCRIBER = 64
"""Bits of an IPv6 address by which providers tell their subscribers apart; the rest is the subscriber's to choose."""


def neighbourhood(client: Sequence[object] | None) -> str:
    """Of an ASGI scope's `client`: the address, or the network that an IPv6 subscriber has for themselves."""
    host = str(client[0]) if client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    is_wide = isinstance(address, IPv6Address) and not address.ipv4_mapped
    return str(ip_network(f"{address}/{SUBSCRIBER}", strict=False)) if is_wide else host
