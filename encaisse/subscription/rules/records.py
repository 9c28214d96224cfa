"""The contract that a record of an imported table describes, and its rows as they are stored."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from encaisse.intake.rules import (
    Column,
    Columns,
    Reading,
    Record,
    RowError,
    parse_choice,
    parse_date,
    parse_decimal,
    parse_text,
)
from encaisse.subscription.errors import DiscountTwice, EndsBeforeItStarts, RenewalWithoutTerm
from encaisse.subscription.rules.periods import Grid, months_later

CONTRACT_COLUMNS: Final = (
    Column("reference", ("Contrat", "Référence contrat", "Contract", "Contract reference"), required=True),
    Column("customer", ("Code client", "Customer code", "Customer"), required=True),
    Column("offer", ("Offre", "Code offre", "Offer", "Offer code"), required=True),
    Column("quantity", ("Quantité", "Quantity"), required=True, holds="number"),
    Column("start_date", ("Début", "Date de début", "Start", "Start date"), required=True, holds="date"),
    Column("end_date", ("Fin", "Date de fin", "End", "End date"), holds="date"),
    Column("unit_price", ("Prix unitaire HT", "Unit price"), holds="number"),
    Column("discount_percent", ("Remise %", "Remise", "Discount %", "Discount"), holds="number"),
    Column("billed_through", ("Facturé jusqu'au", "Billed through"), holds="date"),
    Column("discount_amount", ("Montant de remise", "Remise en montant", "Discount amount"), holds="number"),
    Column("discount_reason", ("Motif de remise", "Motif de la remise", "Discount reason")),
    Column("order_reference", ("Bon de commande", "Référence de commande", "Purchase order")),
    Column("term_months", ("Durée en mois", "Durée", "Term in months", "Term")),
    Column("notice_days", ("Préavis en jours", "Préavis", "Notice in days", "Notice")),
    Column("renewal", ("Reconduction", "Renouvellement", "Renewal")),
)
_RENEWALS: Final = {
    "tacite": "automatic", "automatique": "automatic", "oui": "automatic", "automatic": "automatic",
    "yes": "automatic", "aucune": "none", "non": "none", "none": "none", "no": "none",
}  # fmt: skip
_ONE_DAY: Final = dt.timedelta(days=1)
_SMALLEST: Final = Decimal("0.000001")


class ContractRow(NamedTuple):
    """A contract of one item, as a record gives it; None is what it leaves out.

    People write last days: `end_date` and `billed_through` are the day after, since both are exclusive. A
    `unit_price` is an agreed one; without it the item follows the catalogue.
    """

    reference: str
    customer: str
    offer: str
    quantity: Decimal
    start_date: dt.date
    end_date: dt.date | None
    unit_price: Decimal | None
    discount_percent: Decimal
    billed_through: dt.date | None
    discount_amount: Decimal | None = None
    discount_reason: str = ""
    order_reference: str = ""
    term_months: int | None = None
    notice_days: int = 0
    renewal: str = "none"

    @property
    def last_end(self) -> dt.date | None:
        """The end, exclusive: the one that is written, else that of the first term."""
        if self.end_date is None and self.term_months is not None:
            return months_later(self.start_date, self.term_months)
        return self.end_date


class OfferFacts(NamedTuple):
    """What an item takes from its offer."""

    id: int
    code: str
    kind: str
    unit: str
    every: int
    timing: str
    alignment: str
    proration: str

    @property
    def rhythm(self) -> tuple[str, int, str, str]:
        """How its periods go: offers of one rhythm may follow each other on one grid."""
        return self.unit, self.every, self.timing, self.alignment

    def grid(self, anchor: dt.date) -> Grid:
        """Its whole periods from that anchor on."""
        return Grid(anchor, self.unit, self.every)


class NewSubscription(NamedTuple):
    """A contract as it is stored; the fields are the columns of its COPY, in order."""

    id: int
    reference: str
    account_id: int
    state: str
    start_date: dt.date
    end_date: dt.date | None
    term_months: int | None
    notice_days: int
    renewal: str
    buyer_reference_id: int | None
    intake_row_id: int | None
    content_hash: str


class NewItem(NamedTuple):
    """A segment as it is stored; the fields are the columns of its COPY, in order."""

    id: int
    subscription_id: int
    account_id: int
    position: int
    offer_id: int
    quantity: Decimal
    unit_price: Decimal | None
    discount_percent: Decimal
    discount_amount: Decimal | None
    discount_reason: str
    starts_on: dt.date
    ends_on: dt.date | None
    anchor_date: dt.date
    billed_through: dt.date
    opened_by_id: int | None
    closed_by_id: int | None


class NewEvent(NamedTuple):
    """An event as it is stored; the fields are the columns of its COPY, in order, `facts` being JSON."""

    id: int
    subscription_id: int
    seq: int
    kind: str
    effective_on: dt.date
    facts: str
    actor_kind: str
    actor_id: int | None
    actor_label: str
    recorded_at: dt.datetime


def read_contract(record: Record, columns: Columns) -> ContractRow | list[RowError]:
    """The contract of a record whose columns were matched with CONTRACT_COLUMNS, or all its errors."""
    reading = Reading(record, columns)
    reference = partial(parse_text, longest=50)
    start_date = reading.required("start_date", parse_date, dt.date.min)
    row = ContractRow(
        reference=reading.required("reference", reference, ""),
        customer=reading.required("customer", reference, ""),
        offer=reading.required("offer", reference, ""),
        quantity=reading.required("quantity", partial(parse_decimal, lowest=_SMALLEST), Decimal(1)),
        start_date=start_date,
        end_date=reading.optional("end_date", partial(_end_date, start_date=start_date), None),
        unit_price=reading.optional("unit_price", parse_decimal, None),
        discount_percent=reading.optional("discount_percent", _percent, Decimal(0)),
        billed_through=reading.optional("billed_through", _day_after, None),
        discount_amount=reading.optional("discount_amount", partial(parse_decimal, lowest=_SMALLEST), None),
        discount_reason=reading.optional("discount_reason", partial(parse_text, longest=100), ""),
        order_reference=reading.optional("order_reference", reference, ""),
        term_months=reading.optional("term_months", partial(_whole, lowest=1, highest=1_200), None),
        notice_days=reading.optional("notice_days", partial(_whole, lowest=0, highest=1_000), 0),
        renewal=reading.optional("renewal", partial(parse_choice, labels=_RENEWALS), "none"),
    )
    if row.discount_percent and row.discount_amount:
        reading.refuse("discount_amount", DiscountTwice())
    if row.renewal == "automatic" and not reading.text("term_months"):
        reading.refuse("renewal", RenewalWithoutTerm())
    return reading.errors or row


def _whole(text: str, lowest: int, highest: int) -> int:
    return int(parse_decimal(text, decimals=0, lowest=Decimal(lowest), highest=Decimal(highest)))


def _end_date(text: str, start_date: dt.date) -> dt.date:
    last = parse_date(text)
    if last < start_date:
        raise EndsBeforeItStarts(start_date=start_date)
    return last + _ONE_DAY


def _day_after(text: str) -> dt.date:
    return parse_date(text) + _ONE_DAY


def _percent(text: str) -> Decimal:
    return parse_decimal(text, decimals=4, highest=Decimal(100))
