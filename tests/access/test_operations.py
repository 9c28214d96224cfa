"""Users, roles and log-in."""

import datetime as dt

import pytest
from django.contrib.auth.hashers import check_password

from encaisse.access.errors import (
    CurrentPasswordRefused,
    EmailTaken,
    LastManager,
    LogInRefused,
    PasswordRefused,
    RepRequired,
)
from encaisse.access.models import AccessLevel, Permission, Role, User
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.access.queries import users as queries
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Actor
from tests.makers import make_entity, make_rep

pytestmark = pytest.mark.django_db
SETUP = Actor("command", None, "encaisse user create")
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
PASSWORD = "bien gardé au chaud"  # noqa: S105 - opens nothing


def make_user(email: str = "ines@encaisse.example", role: str = "admin", rep_id: int | None = None) -> int:
    operations.install_roles()
    return operations.create_user(Profile(email, "Inès", role, rep_id), password=PASSWORD, actor=SETUP)


def fail(times: int, email: str = "ines@encaisse.example") -> None:
    for _ in range(times):
        with pytest.raises(LogInRefused):
            operations.log_in(email=email, password="pas le bon")


def test_the_ready_made_roles_can_be_installed_again_and_keep_what_a_company_changed():
    operations.install_roles()
    Role.objects.filter(code="billing").update(permissions=["bill"], name="ADV")
    Role.objects.filter(code="admin").update(permissions=[])

    operations.install_roles()

    roles = dict(Role.objects.values_list("code", "permissions"))
    assert sorted(roles) == ["admin", "billing", "collector", "leader", "rep"]
    assert roles["billing"] == ["bill"]
    assert sorted(roles["admin"]) == sorted(Permission)


def test_an_address_is_stored_in_lower_case_and_found_in_any():
    user_id = make_user("  Ines@Encaisse.Example ")

    assert User.objects.get(pk=user_id).email == "ines@encaisse.example"
    assert operations.log_in(email="INES@encaisse.example", password=PASSWORD).pk == user_id


def test_the_password_is_stored_as_a_hash():
    user = User.objects.get(pk=make_user())

    assert PASSWORD not in user.password
    assert check_password(PASSWORD, user.password)


def test_an_address_belongs_to_one_user():
    make_user()

    with pytest.raises(EmailTaken):
        make_user("INES@encaisse.example")


def test_two_people_cannot_take_the_same_address_by_changing_theirs():
    make_user()
    other = make_user("hugo@encaisse.example")

    with pytest.raises(EmailTaken):
        operations.change_user(other, Profile("ines@encaisse.example", "Hugo", "admin"), actor=SETUP)


@pytest.mark.parametrize(
    ("password", "rules"),
    [
        ("court", ("password_too_short",)),
        ("motdepasse", ("password_too_common",)),
        ("84930174656", ("password_entirely_numeric",)),
        ("12345", ("password_too_short", "password_too_common", "password_entirely_numeric")),
    ],
)
def test_a_weak_password_is_refused_with_its_rules(password, rules):
    operations.install_roles()

    with pytest.raises(PasswordRefused) as refused:
        operations.create_user(Profile("a@b.example", "A", "admin"), password=password, actor=SETUP)

    assert refused.value.rules == rules
    assert not User.objects.exists()


@pytest.mark.parametrize("role", ["rep", "leader"])
def test_a_role_that_follows_a_rep_needs_one(role):
    operations.install_roles()

    with pytest.raises(RepRequired):
        make_user(role=role)


def test_an_unknown_role_is_not_found():
    with pytest.raises(NotFound):
        make_user(role="emperor")


def test_log_in_forgets_the_failures_before_it():
    user_id = make_user()
    fail(4)

    operations.log_in(email="ines@encaisse.example", password=PASSWORD)

    user = User.objects.get(pk=user_id)
    assert (user.failed_logins, user.locked_until) == (0, None)


def test_five_failures_lock_for_fifteen_minutes_even_with_the_right_password():
    user_id = make_user()
    with clock.stopped_at(NOON):
        fail(5)
    with clock.stopped_at(NOON + dt.timedelta(minutes=14, seconds=59)), pytest.raises(LogInRefused):
        operations.log_in(email="ines@encaisse.example", password=PASSWORD)

    with clock.stopped_at(NOON + dt.timedelta(minutes=15)):
        assert operations.log_in(email="ines@encaisse.example", password=PASSWORD).pk == user_id


def test_attempts_while_locked_do_not_prolong_the_lock():
    make_user()
    with clock.stopped_at(NOON):
        fail(5)
    with clock.stopped_at(NOON + dt.timedelta(minutes=10)):
        fail(3)

    with clock.stopped_at(NOON + dt.timedelta(minutes=15)):
        operations.log_in(email="ines@encaisse.example", password=PASSWORD)


def test_after_a_lock_there_are_five_attempts_again():
    make_user()
    with clock.stopped_at(NOON):
        fail(5)

    with clock.stopped_at(NOON + dt.timedelta(minutes=15)):
        fail(4)
        operations.log_in(email="ines@encaisse.example", password=PASSWORD)


def test_a_lock_is_recorded_once():
    user_id = make_user()

    fail(7)

    assert list(Event.objects.filter(topic="user.locked").values_list("first_id", flat=True)) == [user_id]


def test_strangers_locked_deactivated_and_wrong_read_the_same():
    make_user("chef@encaisse.example")
    gone = make_user("parti@encaisse.example")
    operations.deactivate(gone, actor=SETUP)
    make_user()
    fail(5)
    answers = set()
    for email, password in [
        ("ines@encaisse.example", PASSWORD),
        ("parti@encaisse.example", PASSWORD),
        ("personne@encaisse.example", PASSWORD),
        ("chef@encaisse.example", "pas le bon"),
    ]:
        with pytest.raises(LogInRefused) as refused:
            operations.log_in(email=email, password=password)
        answers.add(str(refused.value))

    assert answers == {"log_in_refused {}"}


@pytest.mark.parametrize("email", ["ines", "personne", "bloquee", "partie"])
def test_each_refusal_costs_one_hash(email, salts):
    make_user()
    make_user("bloquee@encaisse.example")
    operations.deactivate(make_user("partie@encaisse.example"), actor=SETUP)
    fail(5, "bloquee@encaisse.example")
    salts.clear()

    fail(1, f"{email}@encaisse.example")

    assert len(salts) == 1


def test_a_deactivated_user_is_not_found_by_a_session():
    make_user("chef@encaisse.example")
    user_id = make_user()

    operations.deactivate(user_id, actor=SETUP)

    assert queries.active_user(user_id) is None
    operations.reactivate(user_id, actor=SETUP)
    assert queries.active_user(user_id).pk == user_id


def test_a_new_password_unlocks():
    user_id = make_user()
    fail(5)

    operations.set_password(user_id, password="tout autre chose", actor=SETUP)

    assert operations.log_in(email="ines@encaisse.example", password="tout autre chose").pk == user_id


def test_ones_own_password_changes_only_for_who_knows_it():
    user_id = make_user()
    own = Actor("user", user_id, "Inès")

    with pytest.raises(CurrentPasswordRefused):
        operations.change_own_password(own, current="pas le bon", password="tout autre chose")
    operations.change_own_password(own, current=PASSWORD, password="tout autre chose")

    assert User.objects.get().check_password("tout autre chose")


def test_the_last_manager_can_neither_go_nor_lose_the_right():
    user_id = make_user()
    make_user("hugo@encaisse.example", "billing")

    with pytest.raises(LastManager):
        operations.deactivate(user_id, actor=SETUP)
    with pytest.raises(LastManager):
        operations.change_user(user_id, Profile("ines@encaisse.example", "Inès", "billing"), actor=SETUP)

    user = User.objects.select_related("role").get(pk=user_id)
    assert (user.is_active, user.role.code) == (True, "admin")


def test_the_scope_holds_what_the_role_says():
    here, there = make_entity(), make_entity()
    rep = make_rep()
    operations.install_roles()
    operations.create_role(
        "adv_ouest", "ADV Ouest", level=AccessLevel.OWN, permissions=frozenset({"bill"}), actor=SETUP
    )
    operations.limit_role("adv_ouest", frozenset({here.pk}), actor=SETUP)

    scope = queries.scope_of(User.objects.get(pk=make_user(role="adv_ouest", rep_id=rep.pk)))

    assert (scope.level, scope.rep_id, scope.entity_ids) == ("own", rep.pk, {here.pk})
    assert scope.permissions == {"bill"}
    assert there.pk not in scope.entity_ids


def test_a_role_limited_to_nothing_sees_every_legal_entity():
    assert queries.scope_of(User.objects.get(pk=make_user())).entity_ids is None


def test_each_change_leaves_its_event():
    user_id = make_user()
    operations.change_user(user_id, Profile("ines@encaisse.example", "Inès B.", "admin"), actor=SETUP)
    operations.log_in(email="ines@encaisse.example", password=PASSWORD)

    events = Event.objects.filter(kind="user", first_id=user_id).order_by("pk")
    assert list(events.values_list("topic", "actor_kind")) == [
        ("user.created", "command"),
        ("user.changed", "command"),
        ("user.logged_in", "user"),
    ]
