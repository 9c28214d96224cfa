"""VAT numbers of customers are asked for at the register of their country.

    new or changed number -> (every night, or by hand) -> asked -> valid, invalid, or away: asked for again later

Nothing waits for the register: customers are made and runs go on whatever it says. Only what is not taxed because of
a number that the register does not know waits, where the installation says so.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from encaisse.adapters.errors import RegisterAway
from encaisse.adapters.vat_register import VatRegister, register
from encaisse.kernel import clock, jobs
from encaisse.kernel.jobs import Asked, Tell
from encaisse.kernel.scope import Actor, Scope
from encaisse.party import queries as party
from encaisse.party.rules.identifiers import is_vat_number_of
from encaisse.tax.errors import NoNumberToCheck, RegisterOff
from encaisse.tax.operations import record_check
from encaisse.tax.queries import numbers_due

KIND: Final = "check_vat_number"
# An answer is asked for anew after so long; after a vain attempt, the next one is not before so long.
HOLDS: Final = dt.timedelta(days=90)
PAUSE: Final = dt.timedelta(hours=1)
# So many numbers a night, which is what the register bears; a state that is away this often is left alone until the
# next one.
MOST: Final = 1_000
PATIENCE: Final = 3
# What is away as a whole: no other number is worth asking for now.
_ALL_AWAY: Final = frozenset({
    "GLOBAL_MAX_CONCURRENT_REQ", "GLOBAL_MAX_CONCURRENT_REQ_TIME", "SERVICE_UNAVAILABLE", "IP_BLOCKED", "unreachable",
    "tls",
})  # fmt: skip


def check_numbers(
    asked: VatRegister, actor: Actor, *, number: str | None = None, tell: Tell | None = None
) -> dict[str, int]:
    """Every number that is due was asked for, or one that somebody named. Returns how many have which verdict.

    Call outside transactions: each answer is written down before the next number is asked for.
    """
    now = clock.now()
    due = numbers_due(since=now - HOLDS, tried=now - PAUSE, number=number, most=MOST)
    counts = {"valid": 0, "invalid": 0, "away": 0}
    away: dict[str, int] = {}
    for place, (each, requester) in enumerate(due, 1):
        if away.get(each[:2], 0) < PATIENCE and not away.get("", 0):
            verdict, reason = _check(asked, each, requester, actor)
            counts[verdict] += 1
            if reason:
                scope = "" if reason in _ALL_AWAY else each[:2]
                away[scope] = away.get(scope, 0) + 1
        if tell:
            tell(place, len(due))
    return counts


@transaction.atomic
def check_again(scope: Scope, account_id: int) -> int:
    """A worker will ask for the number of this account. Returns the key of the job.

    Raises NotPermitted, NotFound, NoNumberToCheck, and RegisterOff where no register is asked.
    """
    scope.require("edit_accounts")
    identity = party.account(scope, account_id).identity
    if not is_vat_number_of(identity.vat_number, identity.country):
        raise NoNumberToCheck
    if not settings.VAT_REGISTER:
        raise RegisterOff
    return jobs.start(KIND, scope.actor, number=identity.vat_number)


def check_due(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    """What is done of it every night, and for one number when somebody asks."""
    with register() as known:
        if known is None:
            return {"valid": 0, "invalid": 0, "away": 0}
        return check_numbers(known, asked.actor, number=asked.facts.get("number"), tell=tell)


def register_jobs() -> None:
    """Workers know how to ask for one number."""
    jobs.register_whole(KIND, check_due)


def _check(asked: VatRegister, number: str, requester: str, actor: Actor) -> tuple[str, str]:
    try:
        told = asked.ask(number, requester=requester)
    except RegisterAway as away:
        record_check(number, requester, None, actor, reason=away.reason)
        return "away", away.reason
    record_check(number, requester, (told.is_valid, told.consultation, told.name, told.address), actor)
    return ("valid" if told.is_valid else "invalid"), ""
