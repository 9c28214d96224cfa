"""VAT numbers of billing accounts, and what the register of their country says of them."""

import datetime as dt
from typing import Any, Final, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery

from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.models import BillingAccount
from encaisse.party.rules.identifiers import is_vat_number_of
from encaisse.party.rules.identities import IdentityFacts
from encaisse.party.rules.places import EU_COUNTRIES
from encaisse.tax.models import NumberCheck, Verdict

UNCHECKED: Final = "unchecked"
STATES: Final = (Verdict.INVALID.value, UNCHECKED, Verdict.VALID.value)
# So many are a page; a program reads on.
SHOWN: Final = 100


class Proof(NamedTuple):
    """The newest answer of the register about a number, and why it gave none since, if it was asked in vain."""

    verdict: str
    checked_at: dt.datetime
    requester: str
    consultation: str
    name: str
    address: str


class NumberState(NamedTuple):
    """A VAT number: its proof once the register answered; `away_at` and `away` tell of the last vain attempt since."""

    number: str
    proof: Proof | None
    away_at: dt.datetime | None
    away: str


class NumberRow(NamedTuple):
    """A billing account with its number and what is known of it: `state` is one of STATES, `reason` why it was last
    asked for in vain."""

    id: int
    account: str
    customer: str
    country: str
    number: str
    state: str
    checked_at: dt.datetime | None
    name: str
    reason: str


def number_of(scope: Scope, account_id: int) -> NumberState | None:
    """What is known of an account's number; None when it has none of a member state. Raises NotFound."""
    return known_of(party.account(scope, account_id).identity)


def known_of(identity: IdentityFacts) -> NumberState | None:
    """What is known of the number of an identity in hand; None when it has none of a member state."""
    if not is_vat_number_of(identity.vat_number, identity.country):
        return None
    checks = NumberCheck.objects.filter(number=identity.vat_number).order_by("-pk")
    answer = last = checks.first()
    if last and last.verdict == Verdict.AWAY:
        answer = checks.exclude(verdict=Verdict.AWAY).first()
    proof = Proof(*(getattr(answer, name) for name in Proof._fields)) if answer else None
    if last is None or last.verdict != Verdict.AWAY:
        return NumberState(identity.vat_number, proof, None, "")
    return NumberState(identity.vat_number, proof, last.checked_at, last.reason)


def vat_numbers(
    scope: Scope, *, state: str = "", after: int | None = None, limit: int = SHOWN
) -> list[NumberRow]:
    """The accounts with a number of a member state, those in one state or all, by key."""
    found = _described(BillingAccount.objects.visible_to(scope))
    if state:
        found = found.filter(Q(verdict=None) if state == UNCHECKED else Q(verdict=state))
    if after is not None:
        found = found.filter(pk__gt=after)
    fields = (
        "pk", "reference", "customer__name", "identity__country", "identity__vat_number", "verdict", "told_at",
        "told_name", "away",
    )  # fmt: skip
    rows = [NumberRow(*row) for row in found.order_by("pk").values_list(*fields)[:limit]]
    return [
        row._replace(state=row.state or UNCHECKED, name=row.name or "", reason=row.reason or "")
        for row in rows
    ]


def _described(found: QuerySet[BillingAccount]) -> QuerySet[Any]:
    checks = NumberCheck.objects.filter(number=OuterRef("identity__vat_number")).order_by("-pk")
    told = checks.exclude(verdict=Verdict.AWAY)
    return (
        found.filter(~Q(identity__vat_number=""), identity__country__in=EU_COUNTRIES)
        .annotate(
            verdict=Subquery(told.values("verdict")[:1]),
            told_at=Subquery(told.values("checked_at")[:1]),
            told_name=Subquery(told.values("name")[:1]),
            away=Subquery(checks.values("reason")[:1]),
        )
    )  # fmt: skip
