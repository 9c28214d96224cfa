"""The product served: it opens, it is warm, and whatever ends it leaves no process behind."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from encaisse.cli.serving import LANES
from encaisse.database import launcher
from encaisse.kernel import queue
from tests import cluster
from tests.cli.processes import alive, begun, ended, family, until
from tests.database.processes import is_quiet


@contextmanager
def served(**settings: str | None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program serving on a free port, once it says that it is open, and its address."""
    with closing(socket.create_server(("127.0.0.1", 0))) as line:
        port = line.getsockname()[1]
    process = begun("serve", "--port", str(port), **settings)
    try:
        assert process.stdout
        said = next(line for line in process.stdout if "open at" in line or "Error" in line)
        assert f"Encaisse is open at http://127.0.0.1:{port}" in said
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def settings(name: str) -> dict[str, str | None]:
    """What a process needs to serve this database."""
    return dict(cluster.environment(name))


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGHUP, 0), (signal.SIGKILL, -9)]
)
def test_every_end_of_the_program_takes_its_processes_along(fresh_database, number, code):
    with served(**settings(fresh_database)) as (process, address):
        with urllib.request.urlopen(f"{address}/health") as answer:
            assert answer.status == 200
        children = family(process.pid)
        assert len(children) >= 4  # itself, granian and its worker, ours

        process.send_signal(number)

        assert process.wait() == code
        until(lambda: not alive(children))


def test_a_worker_that_was_killed_is_started_again(fresh_database):
    with served(**settings(fresh_database)) as (process, _):
        before = _workers(process.pid)

        os.kill(*before, signal.SIGKILL)

        until(lambda: _workers(process.pid) not in (set(), before))
        process.terminate()
        process.wait()


def test_the_program_ends_when_its_server_of_pages_does(fresh_database):
    with served(**settings(fresh_database)) as (process, _):
        children = family(process.pid)

        os.kill(*_running(process.pid, "granian", parent=process.pid), signal.SIGKILL)

        assert process.wait() == 3
        until(lambda: not alive(children))


def test_a_port_that_is_taken_is_told_with_one_that_is_free(fresh_database):
    with closing(socket.create_server(("127.0.0.1", 0))) as line:
        port = line.getsockname()[1]

        done = ended("serve", "--port", str(port), **settings(fresh_database))

    assert done.returncode == 3
    assert re.fullmatch(rf"Error: Port {port} is taken. Try: --port \d+\n", done.stderr)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.example"])
def test_an_address_that_is_not_ours_is_refused(fresh_database, host):
    done = ended("serve", "--host", host, **settings(fresh_database))

    assert done.returncode == 3
    assert f"Error: Nobody can listen on {host}:8000 (EADDRNOTAVAIL)." in done.stderr


@pytest.mark.launcher
def test_the_embedded_database_is_made_served_handled_and_stopped():
    with tempfile.TemporaryDirectory(prefix="encaisse-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        embedded = {"DATABASE_URL": None, "DATABASE_OWNER_URL": None, "ENCAISSE_HOME": folder}

        assert ended("db", "status", **embedded).returncode == 3
        with served(**embedded) as (process, address):
            assert ended("db", "status", **embedded).returncode == 0
            assert urllib.request.urlopen(f"{address}/health").status == 200
            children = family(process.pid)
            process.terminate()
            assert process.wait() == 0
        until(lambda: not alive(children) and is_quiet(home))

        saved = home / "saved.dump"
        assert ended("db", "start", **embedded).returncode == 0
        assert ended("db", "dump", str(saved), **embedded).returncode == 0
        assert ended("db", "restore", str(saved), **embedded).returncode == 3
        assert ended("db", "restore", str(saved), "--replace", **embedded).returncode == 0
        asked = ended("db", "psql", "-Atc", "SELECT count(*) > 10 FROM django_migrations", **embedded)
        assert (asked.returncode, asked.stdout) == (0, "t\n")
        assert ended("doctor", **embedded).returncode == 0
        assert ended("db", "stop", **embedded).returncode == 0
        assert launcher.status(home).server_pid == 0


def _workers(pid: int) -> set[int]:
    return _running(pid, "worker", parent=pid)


def _running(pid: int, word: str, *, parent: int) -> set[int]:
    """The children of `parent` whose command holds this word."""
    found = set()
    for child in family(pid) - {pid}:
        command = Path(f"/proc/{child}/cmdline").read_text().split("\0")
        above = int(Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[1])
        if word in command and above == parent:
            found.add(child)
    return found


def test_the_lanes_that_are_offered_are_those_that_there_are():
    assert LANES == queue.EVERY_LANE
