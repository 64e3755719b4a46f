"""Hosts and ports: which are free, and how a person reaches them."""

import errno
import ipaddress
import socket

from chatsite.supervisor.exceptions import Refused


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


def require_free(host: str, port: int) -> None:
    """Refuses with the option that helps; looked at before anything is started."""
    if not 0 < port < 65536:
        raise Refused(f"There is no port {port}: choose one from 1 to 65535 with --port.")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            line.bind(address)
    except OSError as error:
        raise Refused(_why_not(host, port, error)) from error


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def site_url(host: str, port: int) -> str:
    """What to type into a browser; for "every address" that of this machine in its network."""
    name = {"0.0.0.0": _own_address(socket.AF_INET), "::": _own_address(socket.AF_INET6)}.get(host, host)  # noqa: S104
    return f"http://{f'[{name}]' if ':' in name else name}:{port}"


def local_address(host: str) -> str:
    """Where this machine itself reaches a server bound to that host."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104


def _own_address(family: socket.AddressFamily) -> str:
    """The address of the way out; connecting a datagram socket asks the routing table and sends nothing."""
    outside, loopback = ("192.0.2.1", "127.0.0.1") if family == socket.AF_INET else ("2001:db8::1", "::1")
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            line.connect((outside, 9))
            return str(line.getsockname()[0])
    except OSError:
        return loopback


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken: choose another with --port, as in --port {port + 1}."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system: choose one above 1023 with --port."
    return f"{host} is no address of this machine: choose another with --host, as in --host 127.0.0.1."
