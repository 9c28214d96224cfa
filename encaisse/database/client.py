"""PostgreSQL's own programs, run on a database of ours: psql in our place, and the others to their end."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, NoReturn
from urllib.parse import unquote, urlsplit, urlunsplit

from encaisse.database import binaries
from encaisse.database.errors import ProgramFailed
from encaisse.database.launcher import Say, ensure, keep_through_exec, quiet
from encaisse.database.layout import OWNER


class Target(NamedTuple):
    """A database as the programs are told of it. The password goes apart: everybody may read a command line."""

    url: str
    password: str = ""

    @property
    def environment(self) -> Mapping[str, str]:
        """What the programs find around them."""
        told = {"PGPASSWORD": self.password} if self.password else {}
        return os.environ | {"PGAPPNAME": "encaisse", "LC_ALL": "C"} | told


def target(url: str) -> Target:
    """The database of an address such as `postgresql://user:password@host/name`."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    plain = parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}")
    return Target(urlunsplit(plain), unquote(parts.password or ""))


def psql(home: Path, args: Sequence[str] = (), *, say: Say = quiet) -> NoReturn:
    """Become psql, as the owner of the database unless the arguments say otherwise.
    The server lives at least until psql ends.
    """
    address = ensure(home, say=say)
    keep_through_exec(home)
    where = (f"--host={address.socket_dir}", f"--port={address.port}", f"--username={OWNER}")
    found = program("psql")
    os.execv(found, [found, *where, f"--dbname={address.dbname}", *args])


def program(name: str) -> str:
    """The path of one of PostgreSQL's programs. Raises BinariesNotFound."""
    return binaries.find(os.environ).program(name)


def sql(at: Target, *statements: str) -> str:
    """Run statements one after the other; what they answer, unadorned. Raises ProgramFailed."""
    each = [f"--command={statement}" for statement in statements]
    options = ("--no-psqlrc", "--set=ON_ERROR_STOP=1", "--tuples-only", "--no-align", f"--dbname={at.url}")
    return run([program("psql"), *options, *each], at)


def run(command: Sequence[str], at: Target | None = None) -> str:
    """Run a program to its end; what it said. Raises ProgramFailed."""
    done = subprocess.run(
        command,
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=at.environment if at else None,
    )
    if done.returncode != 0:
        raise ProgramFailed(program=Path(command[0]).name, last_lines=done.stderr.strip())
    return done.stdout
