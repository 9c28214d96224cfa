"""Calls made in a process of their own: native code that hangs, crashes or eats memory takes nothing else with it.

A caller borrows a process, which is started afresh, never forked (see `adapters.typesetting`), and kept for the next
one. One that takes too long over a call is killed; whatever becomes of the process, the caller goes on. It makes no
connection: what it is given is all that it has.
"""

import multiprocessing
import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, Final, Generic, NamedTuple, TypeVar

from encaisse.adapters.seclusion import close_network

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

# What a process takes to be ready: it reads our code, once.
PATIENCE_S: Final = 120.0
_FRESH: Final = multiprocessing.get_context("spawn")
_here: Final[set[str]] = set()


class Limits(NamedTuple):
    """What one call may take, and after how many a process gives its memory back by ending."""

    seconds: float = 60.0
    memory_mb: int = 2_048
    calls: int = 2_000


class Lost(NamedTuple):
    """Why a call gave no answer: `took_too_long`, `ran_out_of_memory` or `crashed`, and what was seen."""

    why: str
    facts: dict[str, Any]


class Apart(Generic[Asked, Answer]):
    """One function, called in processes of its own; each belongs to one caller at a time."""

    def __init__(self, call: Callable[[Asked], Answer], limits: Limits | None = None) -> None:
        """Call it so; the function is found by its name in the other process."""
        self._call = call
        self._limits = limits or Limits()
        self._idle: list[_Process] = []
        self._turn = threading.Lock()

    @contextmanager
    def borrowed(self) -> Iterator[Callable[[Asked], Answer | Lost]]:
        """The same function, called elsewhere, for this caller until the block ends."""
        hand = _Hand(self._take, self._call, self._limits)
        try:
            yield hand.ask
        finally:
            self._give_back(hand.process)

    def close(self) -> None:
        """No process is left."""
        with self._turn:
            while self._idle:
                self._idle.pop().kill()

    def _take(self) -> "_Process | None":
        with self._turn:
            return self._idle.pop() if self._idle else None

    def _give_back(self, process: "_Process | None") -> None:
        if process is not None:
            with self._turn:
                self._idle.append(process)


class _Hand:
    """One caller's process, replaced when it is lost or has served its time."""

    def __init__(
        self, take: Callable[[], "_Process | None"], call: Callable[[Any], Any], limits: Limits
    ) -> None:
        self.process: _Process | None = None
        self._take, self._call, self._limits = take, call, limits

    def ask(self, question: Any) -> Any:
        if self.process is None:
            self.process = self._take() or _Process(self._call, self._limits.memory_mb)
        answer = self.process.ask(question, self._limits.seconds)
        if isinstance(answer, Lost) or self.process.calls >= self._limits.calls:
            self.process.kill()
            self.process = None
        return answer


class _Process:
    """A process that answers one question after the other."""

    def __init__(self, call: Callable[[Any], Any], memory_mb: int) -> None:
        self.calls = 0
        self._line, theirs = _FRESH.Pipe()
        self._process = _FRESH.Process(target=_serve, args=(theirs, call, memory_mb), daemon=True)
        self._process.start()
        theirs.close()
        self._is_ready = False

    def ask(self, question: Any, seconds: float) -> Any:
        """The answer, or why there is none."""
        self.calls += 1
        try:
            if not self._is_ready and not self._hears(PATIENCE_S):
                return Lost("took_too_long", {"seconds": PATIENCE_S})
            self._line.send(question)
            if not self._line.poll(seconds):
                return Lost("took_too_long", {"seconds": seconds})
            answer, raised = self._line.recv()
        except (EOFError, OSError):
            self._process.join(1)
            return Lost("crashed", {"exit_code": self._process.exitcode})
        if raised == "MemoryError":
            return Lost("ran_out_of_memory", {})
        return answer

    def kill(self) -> None:
        """It has ended."""
        self._process.kill()
        self._process.join()
        self._line.close()

    def _hears(self, seconds: float) -> bool:
        self._is_ready = self._line.poll(seconds) and self._line.recv()
        return self._is_ready


def is_apart() -> bool:
    """Whether this is such a process."""
    return "apart" in _here


def _serve(line: Connection, call: Callable[[Any], Any], memory_mb: int) -> None:
    _here.add("apart")
    close_network()
    end_with_parent()
    size = memory_mb * 2**20
    # What is written to; native code also reserves room by the gigabyte that it never touches.
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    line.send(True)  # noqa: FBT003 - a word over the line
    with suppress(EOFError):
        while True:
            line.send(_answered(call, line.recv()))


def _answered(call: Callable[[Any], Any], question: Any) -> tuple[Any, str]:
    try:
        return call(question), ""
    except MemoryError:
        return None, "MemoryError"


def end_with_parent() -> None:
    """However the process that started this one ends, this one ends."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
