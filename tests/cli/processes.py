"""The program as a process of its own, and what it leaves behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

DEADLINE_S = 60
COMMAND = (sys.executable, "-m", "encaisse.cli")


def environment(**settings: str | None) -> dict[str, str]:
    """This process's environment with other settings; None takes one away."""
    kept = {name: value for name, value in os.environ.items() if name not in settings}
    return kept | {name: value for name, value in settings.items() if value is not None}


def ended(*words: str, **settings: str | None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *words],
        env=environment(**{"ENCAISSE_LANGUAGE": "en", **settings}),
        capture_output=True,
        text=True,
        check=False,
    )


def begun(*words: str, **settings: str | None) -> subprocess.Popen[str]:
    """Start a command and leave it running; what it says comes on one stream."""
    return subprocess.Popen(
        [*COMMAND, *words],
        env=environment(**{"ENCAISSE_LANGUAGE": "en", **settings}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def until(holds: Callable[[], bool]) -> None:
    """Poll until something holds; fail when it never does."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def family(pid: int) -> set[int]:
    """The living processes that descend from this one, itself included."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(stat.parent.name)] = int(fields[1])
    found = {pid} & parents.keys()
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def alive(pids: set[int]) -> set[int]:
    """Those of these processes that still live."""
    return {pid for pid in pids if pid in family(pid)}
