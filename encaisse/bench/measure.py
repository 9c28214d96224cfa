"""What a case costs: CPU of this process and of its PostgreSQL backend together, wall time, memory, load."""

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection


@dataclass
class Case:
    """One case of a bench: several rounds of the same number of items; medians are quoted."""

    case: str
    items: int
    enforced: str
    cpu_s: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def result(self) -> dict[str, Any]:
        """The object that `bench --json` prints."""
        return {
            "case": self.case,
            "items": self.items,
            "cpu_ms_per_item": round(median(self.cpu_s) * 1000 / self.items, 4),
            "wall_s": round(median(self.wall), 3),
            "items_per_s": round(self.items / median(self.wall), 1),
            "rounds": len(self.wall),
            "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "load": round(os.getloadavg()[0], 2),
            "enforced": self.enforced,
        }

    @contextmanager
    def round(self) -> Iterator[None]:
        """Count what happens within as one round."""
        cpu, wall = cpu_s(), time.perf_counter()
        yield
        self.cpu_s.append(cpu_s() - cpu)
        self.wall.append(time.perf_counter() - wall)


def cpu_s() -> float:
    """Seconds of CPU that this process and its backend have taken so far."""
    return time.process_time() + _backend_cpu_s()


def _backend_cpu_s() -> float:
    """User and system seconds of our backend; zero when the server is on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
