"""The second factor of a log-in: codes that change every thirty seconds, made by a telephone from a key that both
sides know, or one of ten recovery codes. Sources: RFC 4226, RFC 6238."""

import secrets
from typing import Final, NamedTuple

import pyotp
from django.db import transaction
from django.utils.crypto import salted_hmac

from encaisse.access.errors import (
    CurrentPasswordRefused,
    NoSecondFactor,
    SecondFactorInPlace,
    SecondFactorRefused,
    SecondFactorRequired,
)
from encaisse.access.models import RecoveryCode, SecondFactor, User
from encaisse.access.operations.users import count_attempt, record_entry, record_failure
from encaisse.adapters.sealing import seal, unseal
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor

ISSUER: Final = "Encaisse"
PURPOSE: Final = "second factor"
CODES: Final = 10
# Letters and digits that nobody takes for one another: 32 of them, so that ten carry fifty bits.
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LETTERS_OF_A_CODE: Final = 10
# A telephone's clock may be half a minute off: the step before and the one after are as good.
DRIFT: Final = (0, -1, 1)


class Enrolment(NamedTuple):
    """What a telephone needs to know: the key as people type it, and the address that a QR code holds."""

    key: str
    uri: str


@transaction.atomic
def ask(actor: Actor) -> None:
    """The user who asks has a new key, to be confirmed by a code before it counts. Raises SecondFactorInPlace."""
    user = _locked(actor.id or 0)
    if SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        raise SecondFactorInPlace
    key = seal(pyotp.random_base32(), purpose=PURPOSE)
    SecondFactor.objects.update_or_create(user=user, defaults={"sealed_key": key, "asked_at": clock.now()})


def enrolment(actor: Actor) -> Enrolment | None:
    """The key that the user who asks has not confirmed yet; None when there is none. Raises SecretUnreadable."""
    found = (
        SecondFactor.objects.select_related("user").filter(user_id=actor.id or 0, confirmed_at=None).first()
    )
    if found is None:
        return None
    key = unseal(found.sealed_key, purpose=PURPOSE)
    return Enrolment(key, pyotp.TOTP(key).provisioning_uri(name=found.user.email, issuer_name=ISSUER))


@transaction.atomic
def confirm(actor: Actor, *, code: str) -> tuple[str, ...]:
    """From the next log-in on the user who asks needs a code. Returns the recovery codes, told this once.

    Raises SecondFactorRefused, NoSecondFactor, SecondFactorInPlace.
    """
    user = _locked(actor.id or 0)
    factor = SecondFactor.objects.filter(user=user).first()
    if factor is None:
        raise NoSecondFactor
    if factor.confirmed_at:
        raise SecondFactorInPlace
    if not _uses(factor, _plain(code)):
        raise SecondFactorRefused
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=clock.now())
    events.record("user.second_factor_set", "user", user.pk, actor)
    return _new_codes(user)


@transaction.atomic
def renew_codes(actor: Actor, *, current: str) -> tuple[str, ...]:
    """Ten other recovery codes replace those of the user who asks. Returns them, told this once.

    Raises CurrentPasswordRefused, NoSecondFactor.
    """
    user = _confirmed(actor, current)
    events.record("user.recovery_codes_renewed", "user", user.pk, actor)
    return _new_codes(user)


@transaction.atomic
def give_up(actor: Actor, *, current: str) -> None:
    """The user who asks logs in with the password alone again.

    Raises CurrentPasswordRefused, NoSecondFactor, and SecondFactorRequired when the role asks for one.
    """
    user = _confirmed(actor, current)
    if user.role.second_factor_required:
        raise SecondFactorRequired
    _forget(user)
    events.record("user.second_factor_given_up", "user", user.pk, actor)


@transaction.atomic
def reset(user_id: int, *, actor: Actor) -> None:
    """Somebody who lost telephone and codes logs in with the password alone, once or until they have another.

    Raises NotFound, NoSecondFactor.
    """
    user = _locked(user_id)
    if not _forget(user):
        raise NoSecondFactor
    events.record("user.second_factor_reset", "user", user_id, actor)


def enter(user_id: int, *, code: str) -> User:
    """The user whose password was right a moment ago is in: the code is of their key, or a recovery code.

    Wrong codes count like wrong passwords. Never call it within a transaction: what it counts must be stored before
    the code is looked at. Raises SecondFactorRefused.
    """
    user = count_attempt(pk=user_id)
    if user is None:
        raise SecondFactorRefused
    typed = _plain(code)
    factor = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
    if factor and _uses(factor, typed):
        record_entry(user, second_factor="code")
    elif factor and _uses_up(user, typed):
        record_entry(user, second_factor="recovery_code")
    else:
        record_failure(user, second_factor="refused")
        raise SecondFactorRefused
    return user


def _uses(factor: SecondFactor, typed: str) -> bool:
    """Whether this is the code of a step that no code was used of; it is now, whoever else tries at this moment."""
    totp = pyotp.TOTP(unseal(factor.sealed_key, purpose=PURPOSE))
    now = totp.timecode(clock.now())
    for step in (now + drift for drift in DRIFT):
        if secrets.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            unused = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
            return bool(unused.update(last_step=step))
    return False


def _uses_up(user: User, typed: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(user, typed), used_at=None)
    return bool(unused.update(used_at=clock.now()))


def _new_codes(user: User) -> tuple[str, ...]:
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LETTERS_OF_A_CODE)) for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return tuple(f"{code[:5]}-{code[5:]}" for code in codes)


def _forget(user: User) -> bool:
    RecoveryCode.objects.filter(user=user).delete()
    return bool(SecondFactor.objects.filter(user=user).delete()[0])


def _confirmed(actor: Actor, current: str) -> User:
    user = _locked(actor.id or 0)
    if not user.check_password(current):
        raise CurrentPasswordRefused
    if not SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        raise NoSecondFactor
    return user


def _locked(user_id: int) -> User:
    found = User.objects.select_for_update(of=("self",)).select_related("role")
    user = found.filter(pk=user_id).first()
    if user is None:
        raise NotFound(noun="user")
    return user


def _digest(user: User, code: str) -> str:
    """Fifty random bits under the secret key: nobody finds the code again from here."""
    return salted_hmac(f"recovery code {user.pk}", code, algorithm="sha256").hexdigest()


def _plain(typed: str) -> str:
    """What was typed, without the spaces and hyphens that make it readable."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())
