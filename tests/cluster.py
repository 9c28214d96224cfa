"""One throwaway cluster per session; migrated once into a template; each worker process owns a clone of it.

Loaded with `-p`, before Django's settings are read, since they read the environment.
"""

import atexit
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from encaisse.database.client import program
from encaisse.database.layout import Address
from encaisse.database.throwaway import throwaway

# A shell that runs the suite in the background has it ignore Ctrl-C, and so would every process that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TEMPLATE = "encaisse_template"
ROOT = Path(__file__).parent.parent
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
_stack = contextlib.ExitStack()


def address() -> Address:
    """The session's cluster, as its first process recorded it."""
    return Address(os.environ["ENCAISSE_TEST_SOCKET"])


def clone(name: str, template: str = TEMPLATE) -> None:
    """A new database with the whole schema and no row but what migrations wrote, or a copy of another one."""
    with psycopg.connect(address().url("postgres", "postgres"), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE {template} OWNER encaisse_owner')


def drop(name: str) -> None:
    """The database is gone, whoever is still connected to it."""
    with psycopg.connect(address().url("postgres", "postgres"), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def environment(name: str) -> dict[str, str]:
    """What a process needs to work on the database `name` of the session's cluster."""
    place = address()
    return {"DATABASE_URL": place.url(place.app, name), "DATABASE_OWNER_URL": place.url(place.owner, name)}


def _start() -> None:
    place = _stack.enter_context(throwaway())
    os.environ["ENCAISSE_TEST_SOCKET"] = place.socket_dir
    with psycopg.connect(place.url("postgres", "postgres"), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {TEMPLATE} OWNER encaisse_owner")
    with psycopg.connect(place.url("postgres", TEMPLATE), autocommit=True) as server:
        server.execute("ALTER SCHEMA public OWNER TO encaisse_owner")
    known = _known_template()
    if known.exists():
        _run(
            program("pg_restore"),
            "--exit-on-error",
            f"--dbname={place.url('postgres', TEMPLATE)}",
            str(known),
        )
    else:
        _migrate()
        _keep(place, known)


def _migrate() -> None:
    told = environment(TEMPLATE) | {"DJANGO_SETTINGS_MODULE": "encaisse.config.settings"}
    told_to = "import django; django.setup(); import encaisse.kernel.schema as s; s.migrate()"
    subprocess.run([sys.executable, "-c", told_to], env=os.environ | told, check=True)


def _known_template() -> Path:
    """Where the schema is kept once its migrations were run, under the hash of all that it is made of."""
    made_of = hashlib.sha256()
    own = sorted(ROOT.glob("encaisse/*/migrations/*.py")) + sorted(ROOT.glob("encaisse/kernel/*.py"))
    for path in [*own, ROOT / "encaisse/database/rights.py", ROOT / "requirements/base.lock"]:
        made_of.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    made_of.update(_run(program("pg_dump"), "--version"))
    return ROOT / "build" / f"template-{made_of.hexdigest()[:16]}.dump"


def _keep(place: Address, file: Path) -> None:
    """The schema is kept for the next session in place of older ones; where nothing can be written, it is not."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        dumped = [f"--file={draft}", f"--dbname={place.url('postgres', TEMPLATE)}"]
        _run(program("pg_dump"), "--format=custom", "--compress=0", *dumped)
        for older in file.parent.glob("template-*.dump"):
            older.unlink(missing_ok=True)
        draft.replace(file)


def _run(*command: str) -> bytes:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


os.environ["ENCAISSE_HOME"] = _stack.enter_context(tempfile.TemporaryDirectory(prefix="encaisse-home-"))
os.environ["ENCAISSE_SECRET_KEY"] = "a secret for tests alone, of enough letters"
if not WORKER:
    _start()
    atexit.register(_stack.close)
NAME = f"encaisse_{WORKER or 'main'}"
clone(NAME)
os.environ.update(environment(NAME))
