"""The demonstration, told once per session on a database that every worker process clones."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg

from tests import cluster

TOLD = "encaisse_told"
LOCK = 2_026_11


def home() -> Path:
    """Where the demonstration keeps its archive, its outbox and its exports: within the cluster's home."""
    return Path(cluster.address().socket_dir).parents[1] / "demo"


def tell() -> None:
    """The demonstration has been told, by whoever came first; the others wait."""
    with psycopg.connect(cluster.address().url("postgres", "postgres"), autocommit=True) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if not server.execute("SELECT FROM pg_database WHERE datname = %s", [TOLD]).fetchall():
            cluster.clone(f"{TOLD}_now")
            play(f"{TOLD}_now")
            server.execute(f"ALTER DATABASE {TOLD}_now RENAME TO {TOLD}")


def play(database: str) -> subprocess.CompletedProcess[str]:
    """Run `encaisse demo --no-serve` on a database; fails with what it said when it does."""
    home().mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "encaisse.cli", "demo", "--no-serve"],
        env=os.environ
        | cluster.environment(database)
        | {"ENCAISSE_HOME": str(home()), "ENCAISSE_LANGUAGE": "fr"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done
