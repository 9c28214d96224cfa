"""What the supervisor says of itself in `db.json`, written whole or not at all."""

import json
import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple


class Phase(StrEnum):
    """Where a cluster stands. `RECOVERING` is a start after a crash: it may take long and must be let finish."""

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
    facts: dict[str, Any] = {}  # noqa: RUF012


def read(path: Path) -> State | None:
    """Return the state written there, or nothing."""
    try:
        written = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return State(**written | {"phase": Phase(written["phase"])})


def write(path: Path, state: State) -> None:
    """Replace the state in one step, so that a reader never sees half of it."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".db-")
    with os.fdopen(handle, "w") as file:
        json.dump(state._asdict(), file)
    os.replace(name, path)
