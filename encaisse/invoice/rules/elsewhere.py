"""An invoice made elsewhere as it is stored: issued, under its own number, without series, link or seal."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple


class BroughtIn(NamedTuple):
    """What is known of an invoice or credit note made elsewhere, in minor units; a credit note is negative.

    `used_minor` is what was used of a credit note before it came in, negative too: it is deducted.
    """

    id: int
    account_id: int
    kind: str
    number: str
    issue_date: dt.date
    due_date: dt.date
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    used_minor: int
    buyer_identity_id: int
    buyer_reference_id: int | None
    language: str
    corrects_id: int | None


class ElsewhereRow(NamedTuple):
    """The row of an invoice made elsewhere."""

    id: int
    legal_entity_id: int
    account_id: int
    split: int
    kind: str
    made_elsewhere: bool
    state: str
    number: str
    issue_date: dt.date
    due_date: dt.date
    currency: str
    allowance_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    deducted_minor: int
    payable_minor: int
    settled_minor: int
    accounting_currency: str
    rate: Decimal
    acc_net_minor: int
    acc_tax_minor: int
    acc_gross_minor: int
    seller_identity_id: int
    buyer_identity_id: int
    buyer_reference_id: int | None
    language: str
    terms_kind: str
    terms_days: int
    terms_plan: str
    corrects_id: int | None
    reason: str
    digest_version: int
    digest: bytes
    issued_at: dt.datetime


def stored(brought: BroughtIn, seller: tuple[int, int], at: dt.datetime) -> ElsewhereRow:
    """The row of an invoice in the currency of the books; `seller` is the legal entity and its identity.

    Its terms are the days between its two dates, which is all that is known of them.
    """
    legal_entity_id, seller_identity_id = seller
    told = brought._asdict()
    used_minor = told.pop("used_minor")
    return ElsewhereRow(
        **told,
        legal_entity_id=legal_entity_id,
        split=0,
        made_elsewhere=True,
        state="issued",
        allowance_minor=0,
        deducted_minor=used_minor,
        payable_minor=brought.gross_minor - used_minor,
        settled_minor=0,
        accounting_currency=brought.currency,
        rate=Decimal(1),
        acc_net_minor=brought.net_minor,
        acc_tax_minor=brought.tax_minor,
        acc_gross_minor=brought.gross_minor,
        seller_identity_id=seller_identity_id,
        terms_kind="net_days",
        terms_days=(brought.due_date - brought.issue_date).days,
        terms_plan="",
        reason="",
        digest_version=0,
        digest=b"",
        issued_at=at,
    )
