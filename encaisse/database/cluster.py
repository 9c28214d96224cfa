"""A data folder: verified, created whole, and configured anew at each start."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from encaisse.database.account import Account
from encaisse.database.binaries import Binaries
from encaisse.database.errors import ClusterNotCreated, FolderNotOurs, WrongMajorVersion
from encaisse.database.files import flush_folder, write_whole
from encaisse.database.layout import APP, BOOTSTRAP, DATABASE, OWNER, Layout
from encaisse.database.lifeline import tied

MARK = "encaisse.conf"
"""Our settings, included by postgresql.conf. Its presence says that we created the folder."""

BUILTIN_PROVIDER_SINCE = 17
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}

ROLES = (
    f"CREATE ROLE {OWNER} LOGIN CREATEDB",
    f"CREATE ROLE {APP} LOGIN",
    f"ALTER SCHEMA public OWNER TO {OWNER}",
    "REVOKE ALL ON SCHEMA public FROM PUBLIC",
    f"GRANT USAGE ON SCHEMA public TO {APP}",
)
"""Run in template1, so that every database made later gives the same rights on its public schema."""

FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
    "shared_buffers": "256MB",
}
"""For clusters that nobody will miss."""


def verify(data: Path, binaries: Binaries) -> bool:
    """Tell whether a cluster exists there.
    Raises FolderNotOurs when the folder holds anything else, WrongMajorVersion when the programs
    cannot open it.
    """
    if not data.exists() or not any(data.iterdir()):
        return False
    written = data / "PG_VERSION"
    if not written.is_file() or not (data / MARK).is_file():
        raise FolderNotOurs(folder=str(data))
    data_version = int(written.read_text())
    if data_version != binaries.major:
        raise WrongMajorVersion(folder=str(data), data_version=data_version, program_version=binaries.major)
    return True


def create(layout: Layout, binaries: Binaries, account: Account) -> None:
    """Create the cluster with its roles and its database. It takes its place whole, or not at all.
    Nothing is flushed while it grows; everything is, once, before the last rename.
    Raises ClusterNotCreated with what PostgreSQL said.
    """
    new = layout.unfinished
    shutil.rmtree(new, ignore_errors=True)
    try:
        _run(initdb(binaries, new), account)
        for database, statements in (
            ("template1", ROLES),
            ("postgres", [f"CREATE DATABASE {DATABASE} OWNER {OWNER}"]),
        ):
            _run(_alone(binaries, new, database), account, statements)
        _write(new / MARK, "", account)
        conf = new / "postgresql.conf"
        _write(conf, conf.read_text() + f"\ninclude '{MARK}'\n", account)
        _run([binaries.program("initdb"), "--sync-only", "-D", str(new)], account)
    except subprocess.CalledProcessError as failed:
        shutil.rmtree(new, ignore_errors=True)
        raise ClusterNotCreated(folder=str(layout.data), last_lines=failed.output.strip()) from failed
    os.rename(new, layout.data)
    flush_folder(layout.base)


def initdb(binaries: Binaries, data: Path) -> list[str]:
    """Return the command that creates an empty cluster, in byte order, with checksums, for local use only."""
    locale = ["--locale=C.UTF-8", "--lc-messages=C", "--encoding=UTF8"]
    if binaries.major >= BUILTIN_PROVIDER_SINCE:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    access = [f"--username={BOOTSTRAP}", "--auth-local=trust", "--auth-host=reject"]
    return [
        *(binaries.program("initdb"), "--pgdata", str(data)),
        *("--no-sync", "--no-instructions", "--data-checksums", *locale, *access),
    ]


def configure(layout: Layout, *, durable: bool, account: Account) -> None:
    """Write our settings anew. An operator's own go to postgresql.auto.conf, by ALTER SYSTEM, and win."""
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": '"' + str(layout.run).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "port": str(layout.address.port),
        "max_connections": "100",
        "shared_buffers": f"{shared_buffers_mb(memory_bytes())}MB",
        "max_wal_size": "2GB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        "log_line_prefix": "%m [%p] ",
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
    } | ({} if durable else FAST)
    lines = [
        "# Written by Encaisse at each start.",
        *(f"{key} = {_quoted(settings[key])}" for key in settings),
    ]
    _write(layout.data / MARK, "\n".join(lines) + "\n", account)


def shared_buffers_mb(memory: int) -> int:
    """A quarter of the memory, between 32 MB and 1 GB, in whole megabytes."""
    return max(32, min(1024, memory // 4 // 2**20))


def memory_bytes() -> int:
    """The memory of the machine, or of the container when it has less."""
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return machine
    return min(machine, int(limit)) if limit.isdigit() else machine


def crashed(layout: Layout, binaries: Binaries, account: Account) -> bool:
    """Tell whether the cluster was not shut down, so that its start will recover it first."""
    said = _run([binaries.program("pg_controldata"), str(layout.data)], account)
    state = next(line for line in said.splitlines() if line.startswith("Database cluster state:"))
    return state.split(":")[1].strip() != "shut down"


def forget_dead_server(layout: Layout) -> None:
    """Remove the pid files of a server that died, when no process works in the data folder any more.
    PostgreSQL respects such a file as long as any process has its number, which lasts where nobody reaps
    the dead, or where a restarted container gives the number to somebody else. Only for the holder of the
    cluster's lock. Where there is no /proc, PostgreSQL judges alone.
    """
    left = (layout.data / "postmaster.pid", Path(f"{layout.address.socket}.lock"))
    processes = Path("/proc")
    if any(file.exists() for file in left) and (processes / "self").exists():
        if _workers(processes, layout.data.resolve()):
            return
        for file in left:
            file.unlink(missing_ok=True)


def _workers(processes: Path, data: Path) -> list[str]:
    """The processes whose working folder is the data folder, as it is for each of a server's."""
    found = []
    for process in processes.glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile, dead already, or somebody else's
            if os.readlink(process / "cwd") == str(data):
                found.append(process.name)
    return found


def _alone(binaries: Binaries, data: Path, database: str) -> list[str]:
    """Return the command of a server of one user: no socket, a statement a line, the first fault ends it."""
    options = ("-c", "exit_on_error=on", "-c", "fsync=off", "-c", "log_checkpoints=off")
    return [binaries.program("postgres"), "--single", "-D", str(data), *options, database]


def _run(command: list[str], account: Account, statements: Iterable[str] = ()) -> str:
    done = subprocess.run(
        command,
        **account.identity,
        input="".join(f"{statement}\n" for statement in statements),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=True,
        cwd="/",
        env=ENVIRONMENT,
        close_fds=False,  # the cluster's lock goes along, so that nobody else begins before this ends
        preexec_fn=tied(signal.SIGKILL),
    )
    return done.stdout


def _write(path: Path, text: str, account: Account) -> None:
    write_whole(path, text)
    account.give(path)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
