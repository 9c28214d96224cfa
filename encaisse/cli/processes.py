"""Child processes that live with this one: started, watched, stopped together, nothing left behind."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Final

from encaisse.database.lifeline import tied

PATIENCE_S: Final = 15
WATCH_S: Final = 0.2
PAUSE_S: Final = 3
STOPPING: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Child:
    """One process. An `essential` one takes the others with it when it ends; another is started again."""

    command: Sequence[str]
    essential: bool
    process: subprocess.Popen[bytes]
    started_at: float = 0.0


class Crew:
    """The children of this process. It starts them from its main thread, whose death they would notice."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.asked_to_stop = threading.Event()

    def start(self, *command: str, essential: bool = False) -> None:
        """The command runs beside us."""
        self.children.append(Child(command, essential, _begun(command), time.monotonic()))

    def watch(self) -> bool:
        """Wait until we are asked to stop: true. False when an essential child ended by itself."""
        while not self.asked_to_stop.wait(WATCH_S):
            for child in self.children:
                if child.process.poll() is None:
                    continue
                if child.essential:
                    return False
                self._again(child)
        return True

    def is_whole(self) -> bool:
        """Whether every essential child lives."""
        return all(child.process.poll() is None for child in self.children if child.essential)

    def stop(self) -> None:
        """Every child has ended: asked to, and after a while made to, with the processes it started."""
        for child in self.children:
            with suppress(ProcessLookupError):
                child.process.terminate()
        deadline = time.monotonic() + PATIENCE_S
        for child in self.children:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()

    def _again(self, child: Child) -> None:
        # Not at once, or a child that cannot live would be all that this machine does.
        if time.monotonic() - child.started_at >= PAUSE_S:
            child.process, child.started_at = _begun(child.command), time.monotonic()


@contextmanager
def crew() -> Iterator[Crew]:
    """Give a crew that is stopped at the end of the block; signals to end are heard meanwhile."""
    made = Crew()

    def ask(number: int, frame: FrameType | None) -> None:
        made.asked_to_stop.set()

    before = {number: signal.signal(number, ask) for number in STOPPING}
    try:
        yield made
    finally:
        made.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


def _begun(command: Sequence[str]) -> subprocess.Popen[bytes]:
    # A session of its own, so that Ctrl-C reaches us alone and we stop the children in order.
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=tied(signal.SIGTERM),
    )
