"""What several people do at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from encaisse.access.errors import EmailTaken, LastManager, LogInRefused
from encaisse.access.models import Role, User
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.kernel.scope import Actor

SETUP = Actor("command", None, "encaisse user create")
PASSWORD = "bien gardé au chaud"  # noqa: S105 - opens nothing


def make_user(name: str) -> int:
    operations.install_roles()
    profile = Profile(f"{name}@encaisse.example", name, "admin")
    return operations.create_user(profile, password=PASSWORD, actor=SETUP)


def at_once(*calls, refusal=()):
    """Start every call at the same moment; how many were refused."""
    barrier = threading.Barrier(len(calls))

    def is_refused(call):
        barrier.wait()
        try:
            call()
        except refusal:
            return True
        finally:
            connection.close()
        return False

    with ThreadPoolExecutor(len(calls)) as pool:
        return sum(pool.map(is_refused, calls))


def test_twenty_guesses_at_once_are_still_only_five(fresh_database, salts):
    make_user("ines")
    salt = User.objects.get().password.split("$")[2]
    salts.clear()

    def guess():
        operations.log_in(email="ines@encaisse.example", password="pas le bon")

    assert at_once(*[guess] * 20, refusal=LogInRefused) == 20
    assert salts.count(salt) == 5
    assert len(salts) == 20
    assert User.objects.get().failed_logins == 5


def test_two_managers_cannot_dismiss_each_other_at_once(fresh_database):
    pair = [make_user("ines"), make_user("hugo")]

    def dismissal(user_id):
        return lambda: operations.deactivate(user_id, actor=SETUP)

    assert at_once(*map(dismissal, pair), refusal=LastManager) == 1
    assert User.objects.filter(is_active=True).count() == 1


def test_one_address_is_given_once(fresh_database):
    operations.install_roles()

    assert at_once(*[lambda: make_user("ines")] * 4, refusal=EmailTaken) == 3
    assert User.objects.count() == 1


def test_roles_can_be_installed_by_two_processes_at_once(fresh_database):
    assert at_once(*[operations.install_roles] * 4) == 0
    assert Role.objects.count() == 5
