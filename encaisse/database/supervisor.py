"""The parent of the server: `python -m encaisse.database.supervisor ORDERS`.

It creates the cluster when there is none, starts `postgres` as its own child, and stays. It stops the server,
fast and cleanly, on SIGTERM or SIGINT and when no process uses it any more; if the supervisor itself is
killed, the kernel sends that same stop to the server. SIGUSR1 makes it stay without users.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from enum import Enum, auto
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple

from encaisse.database import cluster, lifeline, state
from encaisse.database.account import Account
from encaisse.database.binaries import Binaries
from encaisse.database.errors import DatabaseRefusal, ServerStopped
from encaisse.database.files import open_private
from encaisse.database.layout import Layout
from encaisse.database.probe import Answer, knock
from encaisse.database.state import Phase, State

KNOCK_SECONDS = 0.05
LAST_LINES = 15


class Orders(NamedTuple):
    """What the supervisor is told. It also inherits the cluster's lock, open, and hands it to its children.
    A disposable home is removed when the server stops; one that is not durable may lose data in a crash.
    """

    home: str
    binaries: Binaries
    account: Account
    durable: bool = True
    disposable: bool = False

    def written(self) -> str:
        """Return the orders as one argument of a command line."""
        return json.dumps(self._asdict(), default=str)

    @classmethod
    def read(cls, argument: str) -> "Orders":
        """Return the orders that an argument holds."""
        told = json.loads(argument)
        folder, version = told["binaries"]
        binaries = Binaries(folder=Path(folder), version=version)
        return cls(**told | {"binaries": binaries, "account": Account(*told["account"])})


class Event(Enum):
    """What can happen to a supervisor."""

    STOP = auto()
    DETACH = auto()
    UNUSED = auto()
    ENDED = auto()


class Supervisor:
    """One run of one server, from its start to its end."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.layout = Layout(Path(orders.home))
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.lease = open_private(self.layout.lease)
        self.state = State(Phase.STARTING, supervisor_pid=os.getpid(), version=orders.binaries.version)
        self.log_start = os.fstat(sys.stdout.fileno()).st_size

    def run(self) -> None:
        """Start the server, keep it while it is wanted, stop it, and say how it ended."""
        self._listen()
        try:
            self._create()
            self._serve()
        except DatabaseRefusal as refusal:
            self._say(self.state._replace(phase=Phase.REFUSED, refusal=refusal.code, facts=refusal.facts()))
        else:
            self._say(self.state._replace(phase=Phase.STOPPED, server_pid=0))
        if self.orders.disposable:
            shutil.rmtree(self.layout.home, ignore_errors=True)

    def _listen(self) -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())  # the thread that started us may have blocked some
        for number, event in (
            (signal.SIGTERM, Event.STOP),
            (signal.SIGINT, Event.STOP),
            (signal.SIGUSR1, Event.DETACH),
        ):
            signal.signal(number, lambda *_, event=event: self.events.put(event))
        threading.Thread(target=self._watch_users, daemon=True).start()

    def _watch_users(self) -> None:
        lifeline.wait_until_unused(self.lease)
        self.events.put(Event.UNUSED)

    def _create(self) -> None:
        account, binaries = self.orders.account, self.orders.binaries
        if cluster.verify(self.layout.data, binaries):
            cluster.forget_dead_server(self.layout)
            crashed = cluster.crashed(self.layout, binaries, account)
            self._say(self.state._replace(phase=Phase.RECOVERING if crashed else Phase.STARTING))
        else:
            self._say(self.state._replace(phase=Phase.CREATING))
            cluster.create(self.layout, binaries, account)
            self._say(self.state._replace(phase=Phase.STARTING))
        cluster.configure(self.layout, durable=self.orders.durable, account=account)

    def _serve(self) -> None:
        server = subprocess.Popen(
            [self.orders.binaries.program("postgres"), "-D", str(self.layout.data)],
            **self.orders.account.identity,
            stdin=subprocess.DEVNULL,
            cwd="/",
            env=cluster.ENVIRONMENT,
            close_fds=False,  # the cluster's lock goes along
            preexec_fn=lifeline.tied(signal.SIGINT),
            process_group=0,
        )
        threading.Thread(target=self._watch, args=(server,), daemon=True).start()
        self._say(self.state._replace(server_pid=server.pid))
        while (event := self._next_event()) is not Event.ENDED:
            self._obey(event, server)
        if self.state.phase is not Phase.STOPPING:
            raise ServerStopped(
                log=str(self.layout.log), last_lines=last_lines(self.layout.log, self.log_start)
            )

    def _watch(self, server: subprocess.Popen[bytes]) -> None:
        server.wait()
        self.events.put(Event.ENDED)

    def _next_event(self) -> Event:
        """Wait for an event; knock at the server's door meanwhile, until it opens."""
        while self.state.phase in (Phase.STARTING, Phase.RECOVERING):
            try:
                return self.events.get(timeout=KNOCK_SECONDS)
            except Empty:
                if knock(self.layout.address) is Answer.READY:
                    self._say(self.state._replace(phase=Phase.READY))
        return self.events.get()

    def _obey(self, event: Event, server: subprocess.Popen[bytes]) -> None:
        if event is Event.DETACH:
            self._say(self.state._replace(detached=True))
        elif event is Event.UNUSED and self.state.detached:
            lifeline.reopen(self.lease)
        else:
            self._say(self.state._replace(phase=Phase.STOPPING))
            server.send_signal(signal.SIGQUIT if self.orders.disposable else signal.SIGINT)

    def _say(self, now: State) -> None:
        self.state = now
        state.write(self.layout.state, now)


def last_lines(log: Path, since: int = 0) -> str:
    """Return the last lines written to a log after its first `since` bytes."""
    with log.open("rb") as file:
        file.seek(since)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-LAST_LINES:])


if __name__ == "__main__":
    Supervisor(Orders.read(sys.argv[1])).run()
