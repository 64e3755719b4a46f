"""The tests' own PostgreSQL and Valkey, on a folder that goes when they end."""

import os
import shutil
import sys
from pathlib import Path
from tempfile import mkdtemp

from chatsite import services
from chatsite.supervisor.console import Console
from chatsite.supervisor.keeper import Keeper

SHARED = "TEST_POSTGRES_SOCKET"
# What is lost with the machine is lost gladly here.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedServices:
    """One PostgreSQL for all test processes (each has its own database in it), and a Valkey for each.

    Subscriptions know no database numbers in Redis: two processes on one Valkey would hear each other.
    """

    def __init__(self) -> None:
        self.data = Path(mkdtemp(prefix="roundtable-test-"))
        self.data.chmod(0o711)
        self.sockets = services.socket_folder(self.data)
        self._keeper = Keeper(Console(sys.stderr))

    def start(self) -> None:
        """And tell the settings, which must not have been read yet."""
        self._keeper.start(services.valkey(self.data, say=print))
        if SHARED in os.environ:
            (self.sockets / services.POSTGRES_SOCKET).symlink_to(os.environ[SHARED])
        else:
            self._keeper.start(services.postgres(self.data, say=print, settings=CARELESS))
        self._keeper.wait_until_ready()
        os.environ |= {
            "CHATSITE_DATA": str(self.data),
            "DATABASE_URL": "",
            "REDIS_URL": f"unix://{self.sockets / services.VALKEY_SOCKET}",
            SHARED: os.environ.get(SHARED) or str(self.sockets / services.POSTGRES_SOCKET),
        }

    def stop(self) -> None:
        self._keeper.stop()
        for folder in (self.data, self.sockets):
            shutil.rmtree(folder, ignore_errors=True)
