"""Start the embedded PostgreSQL for the first process that needs it, and let the others join."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from encaisse.database import account as accounts
from encaisse.database import binaries, lifeline, state
from encaisse.database.account import Account
from encaisse.database.errors import (
    DatabaseRefusal,
    HomeOfAnotherUser,
    HomeOutOfReach,
    ServerStopped,
    SocketPathTooLong,
    from_facts,
)
from encaisse.database.files import open_private
from encaisse.database.layout import SOCKET_PATH_LIMIT, Address, Layout
from encaisse.database.probe import Answer, knock
from encaisse.database.state import Phase, State
from encaisse.database.supervisor import Orders, last_lines

POLL_SECONDS = 0.03
SAY_EVERY_SECONDS = 3
LOG_BYTES = 16 * 2**20

Say = Callable[[Phase, int], None]
"""Called now and then while one waits, with where the server stands and the whole seconds waited so far."""


class Status(NamedTuple):
    """A home's embedded server, as `encaisse db status` tells it. A pid is 0 when no process has it."""

    phase: Phase
    address: Address
    data: Path
    log: Path
    version: str = ""
    supervisor_pid: int = 0
    server_pid: int = 0
    detached: bool = False


class Use(NamedTuple):
    """This process's use of one server: the file of its lease, and the supervisor if it started one."""

    lease: int
    supervisor: subprocess.Popen[bytes] | None = None


_uses: dict[Path, Use] = {}


def quiet(phase: Phase, seconds: int) -> None:
    """Say nothing."""


def ensure(home: Path, *, say: Say = quiet, durable: bool = True, disposable: bool = False) -> Address:
    """Return the address of the home's server once it accepts connections, starting it when nobody has.
    The server then lives at least as long as this process, or until `stop`. A recovery takes what it takes.
    Raises the refusals of `errors`.
    """
    layout = Layout(home)
    account = _prepare(layout)
    use = _uses[home] = _uses.get(home) or Use(_open_lease(layout, account))
    started: subprocess.Popen[bytes] | None = None
    waiting = _Waiting(layout, say)
    while not (lifeline.hold(use.lease) and knock(layout.address) is Answer.READY):
        if started is None:
            started = _launch(layout, account, durable=durable, disposable=disposable)
            _uses[home] = Use(use.lease, started or use.supervisor)
        elif started.poll() is not None:
            release(home)
            raise _why(layout, started.pid)
        waiting.go_on()
    return layout.address


def release(home: Path) -> subprocess.Popen[bytes] | None:
    """Give up this process's use of the server, which stops once nobody uses it.
    Returns the supervisor, when this process started it, for whoever wants to await its end.
    """
    if home not in _uses:
        return None
    use = _uses.pop(home)
    os.close(use.lease)
    return use.supervisor


def keep_through_exec(home: Path) -> None:
    """Let this process's use of the server outlive the program it runs, when it becomes another one."""
    os.set_inheritable(_uses[home].lease, True)  # noqa: FBT003 - the system's own signature


def start(home: Path, *, say: Say = quiet) -> Status:
    """Start the server, or join it, and make it stay without users until `stop`."""
    ensure(home, say=say)
    waiting = _Waiting(Layout(home), say)
    while not (now := status(home)).detached:
        if now.phase not in (Phase.STARTING, Phase.RECOVERING, Phase.READY):
            raise _why(Layout(home), now.supervisor_pid)
        if now.phase is Phase.READY:
            os.kill(now.supervisor_pid, signal.SIGUSR1)
        waiting.go_on()
    return now


def stop(home: Path, *, say: Say = quiet) -> bool:
    """Stop the server, cleanly, whoever uses it. Returns false when none was running."""
    layout = Layout(home)
    if not _is_held(layout):
        return False
    asked = 0
    waiting = _Waiting(layout, say)
    while _is_held(layout):
        now = state.read(layout.state)
        if now is not None and now.supervisor_pid != asked:
            asked = now.supervisor_pid
            _ask_to_stop(now)
        waiting.go_on()
    return True


def status(home: Path) -> Status:
    """Return where the home's server stands. Starts and creates nothing."""
    layout = Layout(home)
    nothing = Status(Phase.ABSENT, layout.address, layout.data, layout.log)
    if not _is_held(layout):
        return nothing._replace(phase=Phase.STOPPED) if layout.data.exists() else nothing
    now = state.read(layout.state)
    if now is None:
        return nothing._replace(phase=Phase.STARTING)
    opening = now.phase in (Phase.STARTING, Phase.RECOVERING)
    is_open = opening and knock(layout.address) is Answer.READY
    return nothing._replace(
        phase=Phase.READY if is_open else now.phase,
        version=now.version,
        supervisor_pid=now.supervisor_pid,
        server_pid=now.server_pid,
        detached=now.detached,
    )


class _Waiting:
    """The time spent waiting for a server, told to whoever asked for it."""

    def __init__(self, layout: Layout, say: Say) -> None:
        self.layout, self.say = layout, say
        self.began = time.monotonic()
        self.told = 0

    def go_on(self) -> None:
        """Let a moment pass, and say how long it has been every few seconds."""
        time.sleep(POLL_SECONDS)
        seconds = int(time.monotonic() - self.began)
        if seconds >= self.told + SAY_EVERY_SECONDS:
            self.told = seconds
            now = state.read(self.layout.state)
            self.say(now.phase if now else Phase.STARTING, seconds)


def _prepare(layout: Layout) -> Account:
    """Make the folders, closed to others, and return who runs the server in them."""
    length = len(os.fsencode(layout.address.socket))
    if length > SOCKET_PATH_LIMIT:
        raise SocketPathTooLong(path=layout.address.socket, length=length, limit=SOCKET_PATH_LIMIT)
    account = accounts.choose(layout.data, os.environ)
    try:
        layout.home.mkdir(parents=True, exist_ok=True)
        for folder in (layout.base, layout.run):
            folder.mkdir(mode=0o700, exist_ok=True)
            account.give(folder)
    except PermissionError as closed:
        raise _closed(layout, account) from closed
    if account.handed_over and not account.can_enter(layout.run):
        upwards = [*reversed(layout.home.parents), layout.home]
        closed_to_it = next(folder for folder in upwards if not account.can_enter(folder))
        raise HomeOutOfReach(user=account.name, folder=str(closed_to_it))
    return account


def _closed(layout: Layout, account: Account) -> DatabaseRefusal:
    inwards = (layout.base, layout.home, *layout.home.parents)
    folder = next(folder for folder in inwards if os.path.exists(folder))
    owner = accounts.name_of(folder.stat().st_uid)
    return HomeOfAnotherUser(user=account.name, owner=owner, folder=str(folder))


def _open_lease(layout: Layout, account: Account) -> int:
    lease = open_private(layout.lease)
    account.give(layout.lease)
    return lease


def _launch(
    layout: Layout, account: Account, *, durable: bool, disposable: bool
) -> subprocess.Popen[bytes] | None:
    """Start a supervisor, unless another one, or the server it left, is still there.
    The lease is held before the supervisor looks whether anybody needs it.
    """
    lock = lifeline.take(layout.lock)
    if lock is None:
        return None
    account.give(layout.lock)
    log = _open_log(layout, account)
    try:
        lifeline.hold(_uses[layout.home].lease)
        layout.state.unlink(missing_ok=True)
        found = binaries.within_reach(binaries.find(os.environ), account, layout.copies)
        orders = Orders(str(layout.home), found, account, durable=durable, disposable=disposable)
        return subprocess.Popen(
            [sys.executable, "-S", "-m", "encaisse.database.supervisor", orders.written()],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
            pass_fds=(lock,),
            start_new_session=True,
        )
    finally:
        os.close(lock)
        os.close(log)


def _open_log(layout: Layout, account: Account) -> int:
    """Open the log to add to it; put it aside first when it has grown long."""
    if layout.log.exists() and layout.log.stat().st_size > LOG_BYTES:
        os.replace(layout.log, layout.log.with_suffix(".log.1"))
    log = open_private(layout.log, os.O_WRONLY | os.O_APPEND)
    account.give(layout.log)
    return log


def _why(layout: Layout, supervisor_pid: int) -> DatabaseRefusal:
    """Return the reason for which a supervisor ended."""
    now = state.read(layout.state)
    if now is not None and now.phase is Phase.REFUSED and now.supervisor_pid == supervisor_pid:
        return from_facts(now.refusal, now.facts)
    return ServerStopped(log=str(layout.log), last_lines=last_lines(layout.log))


def _is_held(layout: Layout) -> bool:
    try:
        if not layout.lock.exists():
            return False
        lock = lifeline.take(layout.lock)
    except PermissionError as closed:
        raise _closed(layout, accounts.choose(layout.data, os.environ)) from closed
    if lock is None:
        return True
    os.close(lock)
    return False


def _ask_to_stop(now: State) -> None:
    """Ask the supervisor, or the server that it left behind when it was killed."""
    for pid, request in ((now.supervisor_pid, signal.SIGTERM), (now.server_pid, signal.SIGINT)):
        with suppress(ProcessLookupError):
            if pid:
                os.kill(pid, request)
                return
