"""A whole database in one file, and back: PostgreSQL's custom format, without the names of its roles, so that a dump
of the embedded database can be restored on a server and the other way round."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from encaisse.database import binaries
from encaisse.database.client import Target, program, run, sql, target
from encaisse.database.errors import (
    DatabaseNotEmpty,
    DumpOfNewerServer,
    NotADump,
    ProgramFailed,
    ProgramsOfAnotherVersion,
)
from encaisse.database.files import flush_folder, open_private
from encaisse.database.layout import APP, BOOTSTRAP, DATABASE, OWNER, Address
from encaisse.database.rights import GRANTS

RESTORING: Final = f"{DATABASE}_restoring"
REPLACED: Final = f"{DATABASE}_replaced"
PORTABLE: Final = ("--no-owner", "--no-privileges")
AWAY: Final = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'encaisse'"
TABLES: Final = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
# Whoever works on the database holds locks on it: better to give up than to wait for them without a word.
EMPTIED: Final = b"SET lock_timeout = '30s'; DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n"


class Contents(NamedTuple):
    """What a dump says of itself: the major version of its server, and the migrations that its tables have."""

    server_version: int
    migrations: frozenset[tuple[str, str]]


def dump(url: str, file: Path) -> None:
    """The file holds the whole database, or is not there. It holds customers' data: only its owner may read it.

    Raises ProgramsOfAnotherVersion when the server is newer than the programs, ProgramFailed.
    """
    at = target(url)
    _fits(at, older_programs=False)
    draft = file.with_name(f"{file.name}.part")
    draft.unlink(missing_ok=True)
    handle = open_private(draft)
    try:
        # By its name: onto its standard output pg_dump could only append, and would leave its table of contents twice.
        run([program("pg_dump"), "--format=custom", f"--file={draft}", f"--dbname={at.url}"], at)
        os.fsync(handle)
        os.replace(draft, file)
    finally:
        os.close(handle)
        draft.unlink(missing_ok=True)
    flush_folder(file.absolute().parent)


def contents(file: Path) -> Contents:
    """What a dump holds, once it was read to its end. Raises NotADump."""
    try:
        listed = run([program("pg_restore"), "--list", str(file)])
        told = run([program("pg_restore"), "--file=-", "--data-only", "--table=django_migrations", str(file)])
        run([program("pg_restore"), f"--file={os.devnull}", str(file)])
    except ProgramFailed as failed:
        raise NotADump(file=str(file), reason=failed.last_lines.splitlines()[0]) from failed
    version = re.search(r"Dumped from database version: (\d+)", listed)
    rows = re.findall(r"^\d+\t(\w+)\t(\w+)\t", told, re.MULTILINE)
    if version is None or not rows:
        raise NotADump(file=str(file), reason="it lists no migration")
    return Contents(int(version[1]), frozenset(rows))


def restore(url: str, file: Path, *, replace: bool, embedded: Address | None = None) -> None:
    """The database is that of the dump, with no right of the application's yet but on the embedded server.

    There the dump is restored whole beside the present database, then the two names are exchanged in one
    transaction, which sends away whoever is connected; what it replaces stays, as `encaisse_replaced`, until the
    next restore. On a server of the operator's, everything happens in one transaction. Either way a restore that
    fails leaves the present database as it was.
    Raises NotADump, DatabaseNotEmpty, ProgramsOfAnotherVersion, DumpOfNewerServer, ProgramFailed.
    """
    at = target(url)
    held = contents(file)
    _fits(at, older_programs=True)
    version = _version(at)
    if held.server_version > version:
        raise DumpOfNewerServer(dump_version=held.server_version, server_version=version)
    if not replace and sql(at, TABLES).strip() != "0":
        raise DatabaseNotEmpty(database=unquote(urlsplit(at.url).path.lstrip("/")))
    if embedded:
        _exchange(embedded, file)
    else:
        _in_one_transaction(at, file)


def _exchange(address: Address, file: Path) -> None:
    server = Target(address.url(BOOTSTRAP, BOOTSTRAP))
    beside = Target(address.url(OWNER, RESTORING))
    sql(
        server,
        f"DROP DATABASE IF EXISTS {RESTORING}",
        f"CREATE DATABASE {RESTORING} OWNER {OWNER}",
    )
    run([program("pg_restore"), "--exit-on-error", *PORTABLE, f"--dbname={beside.url}", str(file)])
    sql(beside, *(grant.format(role=APP) for grant in GRANTS))
    sql(
        server,
        f"DROP DATABASE IF EXISTS {REPLACED} WITH (FORCE)",
        AWAY,
        "BEGIN",
        f"ALTER DATABASE {DATABASE} RENAME TO {REPLACED}",
        f"ALTER DATABASE {RESTORING} RENAME TO {DATABASE}",
        "COMMIT",
    )


def _in_one_transaction(at: Target, file: Path) -> None:
    """The dump is read as SQL and run by psql, which commits only once it was read to its end."""
    into = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={at.url}"]
    with tempfile.TemporaryFile() as said:
        reading = subprocess.Popen(
            [program("pg_restore"), "--file=-", *PORTABLE, str(file)], stdout=subprocess.PIPE, stderr=said
        )
        writing = subprocess.Popen(
            into, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said, env=at.environment
        )
        with reading, writing:
            assert reading.stdout and writing.stdin  # both are pipes
            try:
                writing.stdin.write(b"BEGIN;\n" + EMPTIED)
                shutil.copyfileobj(reading.stdout, writing.stdin)
                writing.stdin.write(b"COMMIT;\n" if reading.wait() == 0 else b"ROLLBACK;\n")
                writing.stdin.close()
            except BrokenPipeError:
                reading.kill()
        if reading.returncode or writing.returncode:
            said.seek(0)
            raise ProgramFailed(program="pg_restore", last_lines=said.read().decode(errors="replace").strip())


def _fits(at: Target, *, older_programs: bool) -> None:
    """Raises ProgramsOfAnotherVersion. A dump asks for programs as new as the server, a restore for its own."""
    server, programs = _version(at), binaries.find(os.environ).major
    if server > programs or (older_programs and server != programs):
        raise ProgramsOfAnotherVersion(server_version=server, program_version=programs)


def _version(at: Target) -> int:
    return int(sql(at, "SHOW server_version_num").strip()) // 10_000
