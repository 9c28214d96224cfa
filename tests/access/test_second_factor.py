"""Two-factor log-in: codes of a telephone, recovery codes, and who takes it away."""

import datetime as dt

import pyotp
import pytest
from django.db import IntegrityError, transaction

from encaisse.access.errors import (
    CurrentPasswordRefused,
    LogInRefused,
    NoSecondFactor,
    SecondFactorInPlace,
    SecondFactorRefused,
    SecondFactorRequired,
)
from encaisse.access.models import RecoveryCode, Role, SecondFactor, User
from encaisse.access.operations import second_factor
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.adapters.errors import SecretUnreadable
from encaisse.kernel import clock
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Actor

pytestmark = pytest.mark.django_db
SETUP = Actor("command", None, "encaisse user create")
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
PASSWORD = "bien gardé au chaud"  # noqa: S105 - opens nothing


@pytest.fixture
def ines() -> Actor:
    operations.install_roles()
    profile = Profile("ines@encaisse.example", "Inès", "admin")
    return Actor("user", operations.create_user(profile, password=PASSWORD, actor=SETUP), "Inès")


def at(seconds: int) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


def enrolled(who: Actor) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    """The telephone, and the recovery codes, of somebody who has just set it up at noon."""
    second_factor.ask(who)
    asked = second_factor.enrolment(who)
    telephone = pyotp.TOTP(asked.key)
    with clock.stopped_at(NOON):
        return telephone, second_factor.confirm(who, code=telephone.at(NOON))


def test_codes_are_those_of_the_standard(ines):
    """RFC 6238, appendix B, its last six digits."""
    key = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

    assert [key.at(moment) for moment in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


def test_a_right_password_is_only_half_of_the_way(ines):
    telephone, _ = enrolled(ines)

    with clock.stopped_at(at(60)):
        operations.log_in(email="ines@encaisse.example", password=PASSWORD)
        assert not Event.objects.filter(topic="user.logged_in").exists()
        second_factor.enter(ines.id, code=telephone.at(at(60)))

    assert Event.objects.get(topic="user.logged_in").facts == {"second_factor": "code"}


def test_a_key_that_nobody_confirmed_asks_for_nothing(ines):
    second_factor.ask(ines)

    operations.log_in(email="ines@encaisse.example", password=PASSWORD)

    assert Event.objects.filter(topic="user.logged_in").exists()


@pytest.mark.parametrize(
    ("seconds", "opens"), [(30, True), (0, True), (-30, True), (-60, False), (60, False)]
)
def test_a_clock_may_be_half_a_minute_off(ines, seconds, opens):
    telephone, _ = enrolled(ines)
    with clock.stopped_at(at(600)):
        if opens:
            assert second_factor.enter(ines.id, code=telephone.at(at(600 + seconds))).pk == ines.id
        else:
            with pytest.raises(SecondFactorRefused):
                second_factor.enter(ines.id, code=telephone.at(at(600 + seconds)))


def test_a_code_opens_once_and_no_older_one_after_it(ines):
    telephone, _ = enrolled(ines)
    with clock.stopped_at(at(600)):
        second_factor.enter(ines.id, code=telephone.at(at(600)))
        for used in (at(600), at(570)):
            with pytest.raises(SecondFactorRefused):
                second_factor.enter(ines.id, code=telephone.at(used))


def test_the_code_that_confirmed_is_used_up(ines):
    telephone, _ = enrolled(ines)

    with clock.stopped_at(at(1)), pytest.raises(SecondFactorRefused):
        second_factor.enter(ines.id, code=telephone.at(NOON))


def test_a_recovery_code_opens_once_however_it_is_typed(ines):
    _, codes = enrolled(ines)

    second_factor.enter(ines.id, code=codes[3].lower().replace("-", " "))
    with pytest.raises(SecondFactorRefused):
        second_factor.enter(ines.id, code=codes[3])

    assert len(set(codes)) == 10
    assert RecoveryCode.objects.filter(used_at=None).count() == 9
    assert not RecoveryCode.objects.filter(digest__in=codes).exists()


def test_five_wrong_codes_lock_the_account_whatever_right_passwords_come_between(ines):
    telephone, _ = enrolled(ines)
    with clock.stopped_at(at(600)):
        for _ in range(5):
            operations.log_in(email="ines@encaisse.example", password=PASSWORD)
            with pytest.raises(SecondFactorRefused):
                second_factor.enter(ines.id, code="000000")
        with pytest.raises(SecondFactorRefused):
            second_factor.enter(ines.id, code=telephone.at(at(600)))
        with pytest.raises(LogInRefused):
            operations.log_in(email="ines@encaisse.example", password=PASSWORD)

    assert Event.objects.filter(topic="user.locked", first_id=ines.id).count() == 1


def test_the_key_is_sealed_with_the_secret_key(ines, settings):
    second_factor.ask(ines)
    key = second_factor.enrolment(ines).key

    assert key not in SecondFactor.objects.get().sealed_key
    settings.SECRET_KEY = "another one, which opens nothing of this"
    with pytest.raises(SecretUnreadable):
        second_factor.enrolment(ines)


def test_it_is_set_up_once_and_given_up_with_the_password(ines):
    with pytest.raises(NoSecondFactor):
        second_factor.confirm(ines, code="000000")
    enrolled(ines)
    with pytest.raises(SecondFactorInPlace):
        second_factor.ask(ines)
    with pytest.raises(CurrentPasswordRefused):
        second_factor.give_up(ines, current="pas le bon")

    second_factor.give_up(ines, current=PASSWORD)

    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()


def test_a_role_that_asks_for_it_keeps_it(ines):
    enrolled(ines)
    Role.objects.filter(code="admin").update(second_factor_required=True)

    with pytest.raises(SecondFactorRequired):
        second_factor.give_up(ines, current=PASSWORD)


def test_other_recovery_codes_replace_the_first_ones(ines):
    _, codes = enrolled(ines)

    others = second_factor.renew_codes(ines, current=PASSWORD)

    assert not set(codes) & set(others)
    with pytest.raises(SecondFactorRefused):
        second_factor.enter(ines.id, code=codes[0])
    assert second_factor.enter(ines.id, code=others[0]).pk == ines.id


def test_an_administrator_takes_it_away_and_the_log_says_so(ines):
    enrolled(ines)

    second_factor.reset(ines.id, actor=SETUP)

    assert Event.objects.filter(topic="user.second_factor_reset", first_id=ines.id).exists()
    with pytest.raises(NoSecondFactor):
        second_factor.reset(ines.id, actor=SETUP)


def test_the_hash_of_a_recovery_code_is_one(ines):
    with pytest.raises(IntegrityError, match="recovery_code_digest_is_sha256"), transaction.atomic():
        RecoveryCode.objects.create(user=User.objects.get(), digest="en clair")
