"""The API's busiest lists over a real server: how many requests a second, and what one costs.

A granian of one process, as `encaisse serve` starts it; some programs ask over connections that they keep. CPU is
counted of the server and of its PostgreSQL backends, so that a figure holds on a busy machine too.
"""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote, urlencode

from django.db import connection, connections

from encaisse.access.operations.keys import Wanted
from encaisse.access.queries.users import operator
from encaisse.bench.pages import seed
from encaisse.flows.open_api import give_key
from encaisse.invoice.models import Invoice
from encaisse.kernel.references import public_id

GOAL_PER_S: Final = 200
PROGRAMS: Final = 4
CORES: Final = 2
WARM_S: Final = 60
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_END: Final = b"\r\n\r\n"


class Cost(NamedTuple):
    """Seconds of CPU so far: of the server, and of each backend, which may come and go meanwhile."""

    server_s: float
    backends: Mapping[int, float]

    def backends_since(self, before: "Cost") -> float:
        """What the backends that are there have taken since then."""
        return sum(taken - before.backends.get(pid, 0.0) for pid, taken in self.backends.items())


class _Program:
    """One program and its connection."""

    def __init__(self, port: int, request: bytes) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), timeout=WARM_S)
        self.line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request = request

    def ask(self, times: int) -> None:
        """So many requests, one after the other. Raises RuntimeError unless each is answered 200."""
        for _ in range(times):
            self.line.sendall(self.request)
            self._read()

    def _read(self) -> None:
        held = b""
        while _END not in held:
            held += self._more()
        head, _, body = held.partition(_END)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        lines = (each.partition(b":") for each in head.lower().split(b"\r\n")[1:])
        left = next(int(value) for name, _, value in lines if name == b"content-length") - len(body)
        while left > 0:
            left -= len(self._more())

    def _more(self) -> bytes:
        read = self.line.recv(65_536)
        if not read:
            raise RuntimeError("the server hung up")
        return read


def run(
    invoices: int = 100_000,
    requests: int = 2_000,
    rounds: int = 3,
    say: Callable[[str], None] = lambda text: None,
) -> list[dict[str, Any]]:
    """What each list costs, by the round that took the least CPU."""
    seed(invoices, max(invoices // 10, 2))
    secret = give_key(operator("bench"), Wanted("bench")).secret
    told = []
    with _served() as (pid, port):
        for name, path in _lists().items():
            say(name)
            programs = [_Program(port, _request(path, secret)) for _ in range(PROGRAMS)]
            _round(programs, max(requests // 10, PROGRAMS))
            costs = [_measured(pid, programs, requests) for _ in range(rounds)]
            told.append({"case": name, **min(costs, key=lambda each: each["cpu_ms"])})
    return told


def _lists() -> dict[str, str]:
    """Fifty rows as they come, from the middle, and narrowed; and one invoice with all that it says."""
    keys = Invoice.objects.filter(state="issued").order_by("pk").values_list("pk", flat=True)
    middle = public_id("inv", keys[len(keys) // 2])
    return {
        "api-invoices": "/api/v1/invoices?limit=50",
        "api-invoices after": f"/api/v1/invoices?limit=50&after={middle}",
        "api-invoices open": "/api/v1/invoices?limit=50&settlement=open",
        "api-payments": "/api/v1/payments?limit=50",
        "api-invoice": f"/api/v1/invoices/{middle}",
    }


def _request(path: str, secret: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}{_END.decode()}".encode()


def _round(programs: list[_Program], requests: int) -> None:
    faults: list[BaseException] = []

    def ask(each: _Program) -> None:
        try:
            each.ask(requests // len(programs))
        except (OSError, RuntimeError, StopIteration) as fault:
            faults.append(fault)

    threads = [threading.Thread(target=ask, args=(each,)) for each in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for fault in faults:
        raise fault


def _measured(pid: int, programs: list[_Program], requests: int) -> dict[str, Any]:
    count = requests // len(programs) * len(programs)
    before, began = _cost(pid), time.perf_counter()
    _round(programs, count)
    wall, after = time.perf_counter() - began, _cost(pid)
    server_ms = (after.server_s - before.server_s) * 1000 / count
    postgres_ms = after.backends_since(before) * 1000 / count
    # One process answers, so that its own CPU bounds it; PostgreSQL has what is left of both cores.
    bound = max(server_ms, (server_ms + postgres_ms) / CORES)
    return {
        "requests_per_s": round(count / wall, 1),
        "server_cpu_ms": round(server_ms, 2),
        "postgres_cpu_ms": round(postgres_ms, 2),
        "cpu_ms": round(server_ms + postgres_ms, 2),
        "per_s_on_two_free_cores": round(1000 / bound),
        "goal_per_s": GOAL_PER_S,
        "reached": count / wall >= GOAL_PER_S,
        "load": round(os.getloadavg()[0], 2),
    }


def _cost(pid: int) -> Cost:
    """Of the server with the processes that it started, and of the backends of this database but our own."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        backends = [key for (key,) in cursor.fetchall()]
    return Cost(sum(map(_cpu_s, [pid, *_children(pid)])), {each: _cpu_s(each) for each in backends})


def _children(pid: int) -> list[int]:
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(each) for each in told.split()]


def _cpu_s(pid: int) -> float:
    """User and system seconds; zero of a process that is gone or on another machine."""
    try:
        fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


@contextmanager
def _served() -> Iterator[tuple[int, int]]:
    """A server of pages over the database of this process; its number, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    threads = 2 * (os.cpu_count() or 1)
    command = (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", "127.0.0.1"),
        *("--port", str(port), "--blocking-threads", str(threads), "--log-level", "warning"),
        "encaisse.config.wsgi:application",
    )
    server = subprocess.Popen(command, env=os.environ | _database())  # noqa: S603 - our own words
    try:
        _wait(port, server)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait()


def _database() -> dict[str, str]:
    """The environment that leads to this database, which is not the one that the settings name."""
    told = connections["default"].settings_dict
    who = quote(told["USER"]) + (f":{quote(told['PASSWORD'])}" if told["PASSWORD"] else "")
    options = {"host": told["HOST"], "port": told["PORT"], **told["OPTIONS"]}
    query = urlencode({name: value for name, value in options.items() if isinstance(value, str) and value})
    url = f"postgresql://{who}@/{quote(told['NAME'])}?{query}"
    return {"DATABASE_URL": url, "ENCAISSE_API_REQUESTS_PER_MINUTE": "1000000"}


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Raises RuntimeError when it ends, or never answers."""
    deadline = time.monotonic() + WARM_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server of pages does not answer")
