"""Where things are: the address of the embedded server and the files around it. Touches no disk."""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlencode

PORT = 5432
DATABASE = "encaisse"
OWNER = "encaisse_owner"
APP = "encaisse_app"
BOOTSTRAP = "postgres"

SOCKET_PATH_LIMIT = 107
"""Bytes a unix socket's path may have: `sun_path` is 108 with its final zero. Source: unix(7)."""


class Address(NamedTuple):
    """How to reach one cluster: the folder of its socket, its port, its database and its two roles."""

    socket_dir: str
    port: int = PORT
    dbname: str = DATABASE
    owner: str = OWNER
    app: str = APP

    def url(self, role: str, dbname: str | None = None) -> str:
        """Return the connection URL for a role, to this cluster's database unless another is named."""
        where = urlencode({"host": self.socket_dir, "port": self.port}, quote_via=quote, safe="/")
        return f"postgresql://{quote(role, safe='')}@/{quote(dbname or self.dbname, safe='')}?{where}"

    @property
    def socket(self) -> str:
        """The path of the socket itself, as PostgreSQL names it."""
        return f"{self.socket_dir}/.s.PGSQL.{self.port}"


class Layout(NamedTuple):
    """The files of the embedded PostgreSQL under one home."""

    home: Path

    @property
    def base(self) -> Path:
        """The folder, closed to others, that holds everything the server writes."""
        return self.home / "db"

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.base / "data"

    @property
    def unfinished(self) -> Path:
        """A data folder being created; it takes its name only once it is whole."""
        return self.base / "data.new"

    @property
    def run(self) -> Path:
        """The folder of the socket and of the state file."""
        return self.base / "run"

    @property
    def state(self) -> Path:
        """What the supervisor says of itself."""
        return self.run / "db.json"

    @property
    def lease(self) -> Path:
        """Locked, shared, by every process that uses the server."""
        return self.run / "lease"

    @property
    def lock(self) -> Path:
        """Locked, alone, by the supervisor and its server for as long as either lives."""
        return self.base / "lock"

    @property
    def log(self) -> Path:
        """What PostgreSQL and its supervisor print."""
        return self.base / "postgres.log"

    @property
    def copies(self) -> Path:
        """Copies of the binaries, one folder a version, for a user who cannot reach the originals."""
        return self.home / "postgres"

    @property
    def address(self) -> Address:
        """How to reach the server."""
        return Address(socket_dir=str(self.run))


def address(home: Path) -> Address:
    """Return the address of a home's embedded server, whether it exists or not."""
    return Layout(home).address
