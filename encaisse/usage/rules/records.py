"""The event of usage that a caller tells or a record of an imported table describes, and when two are the same."""

import datetime as dt
import re
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from encaisse.catalog.errors import QuantityNegative
from encaisse.intake.errors import NumberOutOfRange, TooManyDecimals, ValueMissing
from encaisse.intake.rules import (
    Column,
    Columns,
    Reading,
    Record,
    RowError,
    parse_date,
    parse_decimal,
    parse_text,
)
from encaisse.kernel.errors import DomainError
from encaisse.usage.errors import MomentAmbiguous, MomentInvalid, MomentWithoutZone

USAGE_COLUMNS: Final = (
    Column(
        "reference",
        ("Clé", "Identifiant", "Id", "Référence", "Clé d'idempotence", "Key", "Event", "Event key"),
        required=True,
    ),
    Column("contract", ("Contrat", "Référence contrat", "Contract", "Contract reference")),
    Column("customer", ("Code client", "Client", "Customer", "Customer code")),
    Column("meter", ("Compteur", "Meter"), required=True),
    Column(
        "occurred_at",
        ("Date et heure", "Horodatage", "Date", "Survenu le", "Occurred at", "Date and time", "At"),
        required=True,
    ),
    Column("quantity", ("Quantité", "Quantity", "Value")),
    Column("member", ("Membre", "Utilisateur", "Member", "User")),
    Column("source", ("Source", "Système")),
)
# What numeric(20, 6) holds.
LARGEST: Final = Decimal("99999999999999.999999")
_TIMED: Final = re.compile(
    r"(?P<date>\S+?)[T ]\s*(?P<hour>[0-9]{1,2})[:hH](?P<rest>[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?)"
    r"\s*(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_NO_MOMENT: Final = dt.datetime.min.replace(tzinfo=dt.UTC)
# What may never differ between two events of one key, in the order in which it is looked at.
CONTENT: Final = ("contract", "meter", "occurred_at", "quantity", "member")


class UsageEvent(NamedTuple):
    """What was used: the shape in which a batch tells it, whoever brings it.

    `key` is the caller's own name of the event, the same whenever it is told again. `occurred_at` has its zone.
    `member` is who or what used it, where the offer counts different ones. Without a `contract`, it is of the one
    contract of the `customer`, by its code, that counts the meter on its day.
    """

    source: str
    key: str
    contract: str
    meter: str
    occurred_at: dt.datetime
    quantity: Decimal = Decimal(1)
    member: str = ""
    customer: str = ""


class Flaw(NamedTuple):
    """A field that no event can have as it is, and why."""

    field: str
    error: DomainError


def flaw(event: UsageEvent) -> Flaw | None:
    """What is wrong with an event whatever the contract; None when nothing is."""
    for name in ("source", "key", "meter", "member"):
        try:
            if not parse_text(getattr(event, name)) and name != "member":
                return Flaw(name, ValueMissing())
        except DomainError as error:
            return Flaw(name, error)
    if not event.contract and not event.customer:
        return Flaw("contract", ValueMissing())
    if event.occurred_at.tzinfo is None:
        return Flaw("occurred_at", MomentWithoutZone())
    unfit = _unfit(event.quantity)
    return Flaw("quantity", unfit) if unfit else None


def _unfit(quantity: Decimal) -> DomainError | None:
    if not quantity.is_finite() or quantity > LARGEST:
        return NumberOutOfRange(lowest=Decimal(0), highest=LARGEST)
    if quantity < 0:
        return QuantityNegative(quantity=quantity)
    return TooManyDecimals(decimals=6) if quantity != round(quantity, 6) else None


def difference(event: UsageEvent, known: UsageEvent) -> str:
    """The first field in which an event differs from the one that has its key already; empty when none does."""
    return next((name for name in CONTENT if getattr(event, name) != getattr(known, name)), "")


def read_usage(
    record: Record, columns: Columns, *, timezone: dt.tzinfo, source: str
) -> UsageEvent | list[RowError]:
    """The event of a record whose columns were matched with USAGE_COLUMNS, or all its errors.

    A moment without a zone is one of `timezone`. What the record leaves out: one unit, no member, `source`.
    """
    reading = Reading(record, columns)
    moment = partial(parse_moment, timezone=timezone)
    event = UsageEvent(
        source=reading.optional("source", partial(parse_text, longest=50), source),
        key=reading.required("reference", parse_text, ""),
        contract=reading.optional("contract", partial(parse_text, longest=50), ""),
        meter=reading.required("meter", partial(parse_text, longest=50), ""),
        occurred_at=reading.required("occurred_at", moment, _NO_MOMENT),
        quantity=reading.optional("quantity", parse_decimal, Decimal(1)),
        member=reading.optional("member", parse_text, ""),
        customer=reading.optional("customer", partial(parse_text, longest=50), ""),
    )
    if not reading.text("contract") and not reading.text("customer"):
        reading.refuse("contract", ValueMissing())
    return reading.errors or event


def parse_moment(text: str, *, timezone: dt.tzinfo) -> dt.datetime:
    """An instant: a date, day first or in ISO 8601, then a time of day, then its zone.

    Without a zone it is a local time of `timezone`, without a time the first instant of the day. Raises
    DateInvalid, MomentInvalid and MomentAmbiguous.
    """
    moment = _read_moment(text)
    if moment.tzinfo is not None:
        return moment.astimezone(dt.UTC)
    local = moment.replace(tzinfo=timezone)
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise MomentAmbiguous()
    return local.astimezone(dt.UTC)


def _read_moment(text: str) -> dt.datetime:
    timed = _TIMED.fullmatch(text)
    if timed is None:
        return dt.datetime.combine(parse_date(text), dt.time())
    day = parse_date(timed["date"])
    written = f"{timed['hour']:0>2}:{timed['rest'].replace(',', '.')}{timed['zone'] or ''}"
    try:
        return dt.datetime.combine(day, dt.time.fromisoformat(written))
    except ValueError:
        raise MomentInvalid() from None
