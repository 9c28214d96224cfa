"""The life of an embedded server: who starts it, who shares it, and every way it may end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from encaisse.database import account, dumps, launcher
from encaisse.database.errors import DatabaseNotEmpty, NotADump
from encaisse.database.layout import Layout
from encaisse.database.state import Phase
from encaisse.database.throwaway import throwaway
from tests.database.processes import (
    connection,
    is_alive,
    is_quiet,
    leave,
    until,
    use,
    was_shut_down,
    word,
)

pytestmark = pytest.mark.launcher


def test_processes_that_start_together_share_one_server_until_the_last_leaves(home):
    users = [use(home) for _ in range(3)]
    assert [word(user) for user in users] == ["ready"] * 3

    server = launcher.status(home).server_pid
    for user in users[:2]:
        user.kill()
        user.wait()
    with connection(home) as last:
        assert last.execute("SELECT pg_postmaster_start_time() IS NOT NULL").fetchone() == (True,)
    assert launcher.status(home).server_pid == server

    leave(users[2])
    until(lambda: is_quiet(home))
    assert not is_alive(server)
    assert was_shut_down(home)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_end_of_the_only_user_stops_the_server_cleanly(lasting_home, end):
    user = use(lasting_home)
    assert word(user) == "ready"
    now = launcher.status(lasting_home)
    assert now.phase is Phase.READY

    user.send_signal(end)
    user.wait()

    until(lambda: is_quiet(lasting_home))
    assert not is_alive(now.server_pid)
    assert was_shut_down(lasting_home)
    assert launcher.status(lasting_home).phase is Phase.STOPPED


def test_a_killed_supervisor_takes_its_server_down_cleanly_and_the_next_user_starts_anew(lasting_home):
    user = use(lasting_home)
    assert word(user) == "ready"
    now = launcher.status(lasting_home)

    os.kill(now.supervisor_pid, signal.SIGKILL)

    until(lambda: not is_alive(now.server_pid))
    assert was_shut_down(lasting_home)
    second = use(lasting_home)
    assert word(second) == "ready"
    assert launcher.status(lasting_home).server_pid != now.server_pid
    for process in (user, second):
        leave(process)
    until(lambda: is_quiet(lasting_home))


def test_committed_rows_survive_when_everything_is_killed_at_once(lasting_home):
    user = use(lasting_home)
    assert word(user) == "ready"
    now = launcher.status(lasting_home)
    with connection(lasting_home) as writer:
        writer.execute("CREATE TABLE kept (id int)")
        writer.execute("INSERT INTO kept SELECT generate_series(1, 1000)")
    unfinished = connection(lasting_home)
    unfinished.execute("BEGIN")
    unfinished.execute("INSERT INTO kept VALUES (-1)")
    for pid in (now.server_pid, now.supervisor_pid, user.pid):
        os.kill(pid, signal.SIGKILL)
    user.wait()
    unfinished.close()

    second = use(lasting_home)
    assert word(second) == "ready"
    assert "automatic recovery in progress" in Layout(lasting_home).log.read_text()
    with connection(lasting_home) as reader:
        assert reader.execute("SELECT count(*), min(id) FROM kept").fetchone() == (1000, 1)
        reader.execute("DROP TABLE kept")
    leave(second)
    until(lambda: is_quiet(lasting_home))


def test_a_pid_file_that_now_names_somebody_else_does_not_prevent_a_start(lasting_home):
    left = Layout(lasting_home).data / "postmaster.pid"
    server_user = account.choose(Layout(lasting_home).data, {})
    with subprocess.Popen(["sleep", "60"], cwd="/", **server_user.identity) as somebody:
        left.write_text(f"{somebody.pid}\n{left.parent}\n1760000000\n5432\n\n\n")

        user = use(lasting_home)
        answer = word(user)
        somebody.kill()
    assert answer == "ready"
    leave(user)
    until(lambda: is_quiet(lasting_home))


def test_a_started_server_stays_without_users_until_it_is_stopped(lasting_home):
    code = (
        "import sys, pathlib; from encaisse.database.launcher import start; start(pathlib.Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", code, str(lasting_home)], check=True)
    now = launcher.status(lasting_home)
    assert (now.phase, now.detached) == (Phase.READY, True)

    user = use(lasting_home)
    assert word(user) == "ready"
    leave(user)
    again = use(lasting_home)
    assert word(again) == "ready"
    assert launcher.status(lasting_home).server_pid == now.server_pid
    leave(again)

    assert launcher.stop(lasting_home) is True
    assert was_shut_down(lasting_home)
    assert launcher.stop(lasting_home) is False


def test_each_cluster_is_durable_and_closed_and_the_application_cannot_change_its_schema(lasting_home):
    address = launcher.ensure(lasting_home)

    names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums", "jit", "listen_addresses")
    with psycopg.connect(address.url(address.app)) as app:
        settings = [app.execute(f"SHOW {name}").fetchone() for name in names]
        assert settings == [("on",), ("on",), ("on",), ("on",), ("off",), ("",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE mine (id int)")
    with psycopg.connect(address.url(address.owner)) as owner:
        rights = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        assert owner.execute(rights).fetchone() == (False, True, False)
        assert owner.execute(
            "SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public'"
        ).fetchone() == ("encaisse_owner",)
        collation = (
            "SELECT pg_encoding_to_char(encoding), 'é' < 'z' FROM pg_database WHERE datname = 'encaisse'"
        )
        assert owner.execute(collation).fetchone() == ("UTF8", False)
    layout = Layout(lasting_home)
    assert {oct(path.stat().st_mode & 0o777) for path in (layout.base, layout.run, layout.data)} == {"0o700"}


def test_a_restored_dump_takes_the_place_of_the_database_or_leaves_it_alone(lasting_home, tmp_path):
    address = launcher.ensure(lasting_home)
    owner_url = address.url(address.owner)
    with connection(lasting_home) as owner:
        owner.execute("CREATE TABLE note (words text)")
        owner.execute("INSERT INTO note VALUES ('avant')")
        owner.execute("CREATE TABLE django_migrations (id int, app text, name text, applied text)")
        owner.execute("INSERT INTO django_migrations VALUES (1, 'kernel', '0001_initial', '')")
        owner.execute("GRANT SELECT ON note TO encaisse_app")
    whole, broken = tmp_path / "encaisse.dump", tmp_path / "broken.dump"
    dumps.dump(owner_url, whole)
    assert oct(whole.stat().st_mode & 0o777) == "0o600"
    assert dumps.contents(whole).migrations == {("kernel", "0001_initial")}
    with connection(lasting_home) as owner:
        owner.execute("UPDATE note SET words = 'après'")

    broken.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(NotADump):
        dumps.restore(owner_url, broken, replace=True, embedded=address)
    with pytest.raises(DatabaseNotEmpty):
        dumps.restore(owner_url, whole, replace=False, embedded=address)
    assert notes(lasting_home) == [("après",)]

    dumps.restore(owner_url, whole, replace=True, embedded=address)
    assert notes(lasting_home) == [("avant",)]
    assert notes(lasting_home, "encaisse_replaced") == [("après",)]


def notes(home: Path, dbname: str | None = None) -> list[tuple[str]]:
    """What the application reads of the notes."""
    address = Layout(home).address
    with psycopg.connect(address.url(address.app, dbname)) as app:
        return app.execute("SELECT words FROM note").fetchall()


def test_psql_keeps_the_server_it_was_given_until_it_ends(lasting_home):
    code = (
        "import sys, pathlib; from encaisse.database.client import psql;"
        "psql(pathlib.Path(sys.argv[1]), ['--no-psqlrc', '--tuples-only', '--no-align'])"
    )
    process = use(lasting_home, code=code)
    assert process.stdin is not None

    process.stdin.write("SELECT current_user;\n")
    process.stdin.flush()
    assert word(process) == "encaisse_owner"
    assert launcher.status(lasting_home).phase is Phase.READY

    leave(process)
    until(lambda: is_quiet(lasting_home))


def test_a_throwaway_cluster_is_gone_after_its_block_and_after_the_death_of_its_process(home):
    with throwaway() as address:
        kept = Path(address.socket_dir)
        with psycopg.connect(address.url(address.app)) as app:
            assert app.execute("SHOW fsync").fetchone() == ("off",)
    assert not kept.parents[1].exists()

    code = (
        "import sys\nfrom encaisse.database.throwaway import throwaway\n"
        "with throwaway() as address:\n    print(address.socket_dir, flush=True)\n    sys.stdin.read()"
    )
    user = use(home, code=code)
    left = Path(word(user)).parents[1]
    assert left.exists()
    user.kill()
    user.wait()
    until(lambda: not left.exists())


def test_asking_for_the_status_of_an_empty_home_creates_nothing(home):
    assert launcher.status(home).phase is Phase.ABSENT
    assert launcher.stop(home) is False
    assert list(home.iterdir()) == []
