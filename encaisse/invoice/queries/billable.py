"""What drafting a part of a chunk reads, in the text in which COPY gives it. Read for the system."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Q

from encaisse.billing.models import DocumentDiscount
from encaisse.billing.rules import Part
from encaisse.invoice.rules.deduct import OpenAdvance
from encaisse.invoice.rules.discount import Discount
from encaisse.invoice.rules.judge import PartyFacts
from encaisse.invoice.rules.rows import NULL, OpenCharge
from encaisse.kernel import money, sql
from encaisse.party.models import Identity


class AccountFacts(NamedTuple):
    """A row of `account_facts.sql`; `terms` is what the account's invoices repeat."""

    account_id: str
    currency: str
    buyer_digest: str
    requires_reference: str
    is_ready: str
    country: str
    postcode: str
    vat_number: str
    is_business: str
    category_id: str
    terms: str

    @property
    def buyer_identity_id(self) -> int:
        """The key of the identity, which the terms begin with."""
        return int(self.terms.partition("\t")[0])


class Claimed(NamedTuple):
    """A charge that a draft bills, with the currency of its price and the tax of its line."""

    currency: str
    tax_id: int
    charge: OpenCharge


class Reference(NamedTuple):
    """References of a buyer: as seals name them, and which of those that an account may require are there."""

    text: str
    held: frozenset[str]


def accounts(part: Part) -> list[AccountFacts]:
    """The active accounts of the part without an outcome, in order."""
    lines = sql.text_rows("invoice", "account_facts", part._asdict())
    width = len(AccountFacts._fields) - 1
    return [AccountFacts._make(line.split("\t", width)) for line in lines]


def charges(part: Part, cutoff_date: dt.date, *, by_hand: bool) -> dict[str, list[OpenCharge]]:
    """The open charges of the part by account, billable before `cutoff_date`; `by_hand`, manual ones only."""
    where = part._asdict() | {"cutoff_date": cutoff_date, "manual": by_hand}
    width = len(OpenCharge._fields) - 1
    found: dict[str, list[OpenCharge]] = {}
    for line in sql.text_rows("invoice", "open_charges", where):
        charge = OpenCharge._make(line.split("\t", width))
        if charge.account_id in found:
            found[charge.account_id].append(charge)
        else:
            found[charge.account_id] = [charge]
    return found


def charge_currencies(charge_ids: Iterable[str]) -> dict[str, str]:
    """The currency of each of these charges, by its key."""
    return dict(sql.rows("invoice", "charge_currencies", {"ids": sql.array(charge_ids)}))


def claimed(invoice_ids: Sequence[int]) -> dict[int, list[Claimed]]:
    """The charges that each of these drafts bills, in the order in which they were drafted."""
    found: dict[int, list[Claimed]] = {}
    for line in sql.text_rows("invoice", "claimed_charges", {"ids": sql.array(invoice_ids)}):
        invoice_id, currency, tax_id, rest = line.split("\t", 3)
        charge = OpenCharge._make(rest.split("\t", len(OpenCharge._fields) - 1))
        found.setdefault(int(invoice_id), []).append(Claimed(currency, int(tax_id), charge))
    return found


def references(found: Iterable[list[OpenCharge]]) -> dict[str, Reference]:
    """The references that these charges bear, by key."""
    ids = {charge.buyer_reference_id for charges in found for charge in charges} - {NULL}
    if not ids:
        return {}
    rows = sql.text_rows("invoice", "buyer_references", {"ids": sql.array(sorted(ids))})
    return {
        key: Reference(text, frozenset(held.split())) for key, text, held in (row.split("\t") for row in rows)
    }


def discounts(part: Part, on: dt.date) -> dict[str, list[Discount]]:
    """What is taken off the documents of this day, by account, in the order in which it was agreed."""
    of_part = DocumentDiscount.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on),
        account__legal_entity_id=part.legal_entity_id,
        account_id__gte=part.first_account,
        account_id__lte=part.last_account,
        valid_from__lte=on,
    )
    found: dict[str, list[Discount]] = {}
    for row in of_part.order_by("pk"):
        amount_minor = 0 if row.amount is None else money.to_minor(row.amount, row.currency)
        found.setdefault(str(row.account_id), []).append(Discount(row.percent, amount_minor, row.reason))
    return found


def corrected(account_id: str, charges: Iterable[OpenCharge]) -> int | None:
    """The newest issued invoice that billed what these charges give back, else the account's newest, if any."""
    given_back = sql.array(charge.id for charge in charges if charge.amount[0] == "-")
    found = sql.rows("invoice", "corrected", {"account_id": account_id, "charges": given_back})
    return int(found[0][0]) if found else None


def open_advances(part: Part) -> dict[str, list[OpenAdvance]]:
    """What is left of collected advances, by account, the oldest first."""
    found: dict[str, list[OpenAdvance]] = {}
    for account_id, *row, rate, net_minor, tax_minor in sql.rows("invoice", "open_advances", part._asdict()):
        found.setdefault(str(account_id), []).append(
            OpenAdvance._make((*row, str(rate), net_minor, tax_minor))
        )
    return found


def contracts_of(charges: Iterable[OpenCharge], replaces: int | None) -> set[int]:
    """The contracts that these charges are of, and those of what the invoice billed that is replaced."""
    asked = {"ids": sql.array(charge.id for charge in charges), "replaces": replaces}
    return {key for (key,) in sql.rows("invoice", "contracts_of_charges", asked)}


def identity_facts(identity_id: int) -> PartyFacts:
    """What the law asks of this identity."""
    return PartyFacts(*Identity.objects.values_list(*PartyFacts._fields).get(pk=identity_id))
