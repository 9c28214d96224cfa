"""Processes that use an embedded server, and what can be seen of them from outside."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg

from encaisse.database import launcher
from encaisse.database.layout import Layout
from encaisse.database.probe import Answer, knock

REPOSITORY = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 60

USE = """
import sys
from pathlib import Path
from encaisse.database.errors import DatabaseRefusal
from encaisse.database.launcher import ensure
try:
    ensure(Path(sys.argv[1]))
except DatabaseRefusal as refusal:
    print(refusal.code, refusal, flush=True)
else:
    print("ready", flush=True)
    sys.stdin.read()
"""


def until(holds: Callable[[], bool]) -> None:
    """Poll until something holds; fail when it never does."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def use(
    home: Path,
    *,
    code: str = USE,
    python: Sequence[str] = (sys.executable,),
    environ: Mapping[str, str] = MappingProxyType({}),
    **identity: Any,
) -> subprocess.Popen[str]:
    """Start a process that uses the home's server until its standard input ends."""
    return subprocess.Popen(
        [*python, "-c", code, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environ,
        **identity,
    )


def word(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def leave(process: subprocess.Popen[str]) -> None:
    """End a process as one that has finished its work."""
    process.communicate()


def is_quiet(home: Path) -> bool:
    """Tell whether nothing of the home's server is left alive."""
    return launcher.status(home).server_pid == 0 and knock(Layout(home).address) is Answer.NOBODY


def is_alive(pid: int) -> bool:
    """Tell whether a process still runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def was_shut_down(home: Path) -> bool:
    """Tell whether the last server of the home wrote its final checkpoint, by its log."""
    return "database system is shut down" in Layout(home).log.read_text().splitlines()[-1]


def connection(home: Path) -> psycopg.Connection:
    """Return a connection as the owner of the database."""
    address = Layout(home).address
    return psycopg.connect(address.url(address.owner), autocommit=True)


def python_for(uid: int) -> str:
    """Return a Python that another user may run: ours, or the system's when ours lives in a closed folder."""
    for candidate in (
        sys.executable,
        *(shutil.which(name, path=os.defpath) for name in ("python3.11", "python3")),
    ):
        if candidate and _runs(candidate, uid):
            return candidate
    raise AssertionError("no Python 3.11 that every user may run: install the package python3")


def _runs(python: str, uid: int) -> bool:
    try:
        return (
            subprocess.run([python, "-c", "import enum; enum.StrEnum"], user=uid, check=False).returncode == 0
        )
    except PermissionError:
        return False


def open_copy(of: Path, into: Path, ignore: Sequence[str] = ("include", "__pycache__")) -> Path:
    """Copy a folder where every user may read it."""
    return Path(shutil.copytree(of, into / of.name, symlinks=True, ignore=shutil.ignore_patterns(*ignore)))
