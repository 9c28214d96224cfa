"""What people do with the embedded database by hand: talk to it, dump it, restore it."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from encaisse.database import binaries
from encaisse.database.errors import ProgramFailed
from encaisse.database.files import flush_folder, open_private
from encaisse.database.launcher import Say, ensure, keep_through_exec, quiet
from encaisse.database.layout import BOOTSTRAP, DATABASE, OWNER, Address

RESTORING = f"{DATABASE}_restoring"
REPLACED = f"{DATABASE}_replaced"


def psql(home: Path, args: Sequence[str] = (), *, say: Say = quiet) -> NoReturn:
    """Become psql, as the owner of the database unless the arguments say otherwise.
    The server lives at least until psql ends.
    """
    address = ensure(home, say=say)
    keep_through_exec(home)
    command = _command("psql", address, OWNER, f"--dbname={address.dbname}", *args)
    os.execv(command[0], command)


def dump(home: Path, file: Path, *, say: Say = quiet) -> None:
    """Write the whole database to a file in PostgreSQL's custom format, whole or not at all.
    It holds customers' data: only its owner may read it.
    """
    address = ensure(home, say=say)
    draft = file.with_name(f"{file.name}.part")
    draft.unlink(missing_ok=True)
    handle = open_private(draft)
    try:
        _run(_command("pg_dump", address, BOOTSTRAP, "--format=custom", address.dbname), stdout=handle)
        os.fsync(handle)
        os.replace(draft, file)
    finally:
        os.close(handle)
        draft.unlink(missing_ok=True)
    flush_folder(file.absolute().parent)


def restore(home: Path, file: Path, *, say: Say = quiet) -> None:
    """Put the database of a dump in the place of the present one.
    The dump is first restored whole beside it, then the two names are exchanged in one transaction, which
    sends away whoever is connected. The database it replaces stays, as `encaisse_replaced`, until the next
    restore. Raises ProgramFailed, the present database untouched, when the dump cannot be restored.
    """
    address = ensure(home, say=say)
    _sql(address, f"DROP DATABASE IF EXISTS {RESTORING}", f"CREATE DATABASE {RESTORING} OWNER {OWNER}")
    _run(_command("pg_restore", address, BOOTSTRAP, "--exit-on-error", f"--dbname={RESTORING}", str(file)))
    _sql(address, f"DROP DATABASE IF EXISTS {REPLACED} WITH (FORCE)")
    _sql(
        address,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'encaisse'",
        "BEGIN",
        f"ALTER DATABASE {DATABASE} RENAME TO {REPLACED}",
        f"ALTER DATABASE {RESTORING} RENAME TO {DATABASE}",
        "COMMIT",
    )


def _sql(address: Address, *statements: str) -> None:
    """Run statements one after the other, in the database that no restore renames."""
    each = [f"--command={statement}" for statement in statements]
    options = ("--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={BOOTSTRAP}")
    _run(_command("psql", address, BOOTSTRAP, *options, *each))


def _command(program: str, address: Address, role: str, *arguments: str) -> list[str]:
    found = binaries.find(os.environ)
    where = (f"--host={address.socket_dir}", f"--port={address.port}", f"--username={role}")
    return [found.program(program), *where, *arguments]


def _run(command: Sequence[str], stdout: int = subprocess.DEVNULL) -> None:
    done = subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        raise ProgramFailed(program=Path(command[0]).name, last_lines=done.stderr.strip())
