"""The database server is killed in the middle of a run: after its recovery the run ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest
from django.db import OperationalError, connection, connections

from encaisse.billing.models import Run
from encaisse.database.throwaway import throwaway
from encaisse.flows import billing_cycle
from tests.flows.stories import FIRST_OF_FEBRUARY, SCOPE, seller
from tests.flows.test_survival import assert_sound, resume
from tests.makers import make_account, make_charge

pytestmark = pytest.mark.launcher
MIGRATE = "import django; django.setup(); import encaisse.kernel.schema as s; s.migrate()"
PATIENCE_S = 60


@pytest.fixture
def durable_server(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """A cluster of its own with fsync on, migrated; Django works on it."""
    with throwaway(durable=True) as place:
        urls = {"DATABASE_URL": place.url(place.app), "DATABASE_OWNER_URL": place.url(place.owner)}
        settings = {"DJANGO_SETTINGS_MODULE": "encaisse.config.settings"}
        subprocess.run([sys.executable, "-c", MIGRATE], env=os.environ | urls | settings, check=True)
        kept = {alias: dict(connections[alias].settings_dict) for alias in ("default", "owner")}
        with django_db_blocker.unblock():
            for alias in kept:
                connections[alias].close()
                connections[alias].settings_dict.update(
                    HOST=place.socket_dir, PORT=place.port, NAME=place.dbname
                )
            try:
                yield
            finally:
                for alias, was in kept.items():
                    connections[alias].close()
                    connections[alias].settings_dict.update(was)


def test_a_run_survives_the_death_of_the_server(durable_server: None) -> None:
    entity = seller()
    for _ in range(6):
        make_charge(account=make_account(legal_entity=entity))
    run_id = billing_cycle.start(SCOPE, cutoff_date=FIRST_OF_FEBRUARY, issue_date=FIRST_OF_FEBRUARY)

    deaths = 0
    for statement in (3, 9, 15, 21, 27):
        deaths += server_dies_at(statement, lambda: resume(run_id))
    resume(run_id)

    assert deaths >= 3
    assert Run.objects.get(pk=run_id).state == "complete"
    assert_sound(charges=6)


def server_dies_at(count: int, work: Callable[[], None]) -> bool:
    """Kill -9 our backend before statement number `count`: the whole server crashes and recovers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    # A second session tells when the server has noticed: it takes every session down with the dead one.
    witness = psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor})
    left = count

    def countdown(execute: Callable[..., object], *args: object) -> object:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(backend, signal.SIGKILL)
        return execute(*args)

    try:
        with connection.execute_wrapper(countdown):
            work()
    except OperationalError:
        until(lambda: not is_alive(witness))
        until(can_connect)
        return True
    return False


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "the server did not recover"
        time.sleep(0.02)


def is_alive(session: psycopg.Connection[object]) -> bool:
    try:
        session.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def can_connect() -> bool:
    connection.close()
    try:
        connection.ensure_connection()
    except OperationalError:
        return False
    return True
