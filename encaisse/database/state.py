"""What the supervisor says of itself in `db.json`."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from encaisse.database.files import write_whole


class Phase(StrEnum):
    """Where a cluster stands. `RECOVERING` is a start after a crash: it takes the time it takes."""

    ABSENT = "absent"
    CREATING = "creating"
    STARTING = "starting"
    RECOVERING = "recovering"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"
    REFUSED = "refused"


class State(NamedTuple):
    """The supervisor's last words. True only while somebody holds the cluster's lock."""

    phase: Phase
    supervisor_pid: int = 0
    server_pid: int = 0
    detached: bool = False
    version: str = ""
    refusal: str = ""
    facts: dict[str, Any] = {}


def read(path: Path) -> State | None:
    """Return the state written there, or nothing."""
    try:
        written = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return State(**written | {"phase": Phase(written["phase"])})


def write(path: Path, state: State) -> None:
    """Replace the state written there."""
    write_whole(path, json.dumps(state._asdict()))
