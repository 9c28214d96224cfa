"""Invoices made elsewhere with what settled them there, a slice of records at a time."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Sum

from encaisse.intake.models import Outcome
from encaisse.intake.operations import Refused, Slice, Verdict, Warned
from encaisse.invoice.models import Invoice, InvoiceKind, InvoiceState
from encaisse.invoice.operations.bring_in import bring_in
from encaisse.invoice.rules.elsewhere import BroughtIn
from encaisse.kernel import sql
from encaisse.kernel.money import from_minor
from encaisse.party.models import LegalEntity
from encaisse.party.operations.references import order_references
from encaisse.party.rules.terms import due_date
from encaisse.payment.models import Method, PaymentState
from encaisse.payment.operations import FromElsewhere, record_from_elsewhere
from encaisse.takeover.errors import (
    CorrectedInvoiceUnknown,
    CreditUsedElsewhere,
    FixedOnceTakenOver,
    MoreSettledThanOpen,
    NumberOfOurSeries,
    SettledLessThanBefore,
)
from encaisse.takeover.models import Origin, Settlement
from encaisse.takeover.operations.accounts import Accounts, Owner, accounts
from encaisse.takeover.rules.groups import Told, told
from encaisse.takeover.rules.numbers import OurNumbers
from encaisse.takeover.rules.records import CREDIT_NOTE, ElsewhereRow

Key = int | None
Number = tuple[str, str]


class Laid(NamedTuple):
    """A payment of kind external, and how much of which invoice it settled elsewhere."""

    payment_id: int
    invoice_id: int
    amount_minor: int


class Taken(NamedTuple):
    """What became of a slice: one verdict per record in order, the new invoices, and what settled them and others.

    `openings` settled new invoices before they came in; `later` came since, and is to be posted.
    """

    verdicts: list[Verdict]
    invoice_ids: list[int]
    openings: list[Laid]
    later: list[Laid]


class _Stored(NamedTuple):
    """An invoice that was taken over already."""

    id: int
    content_hash: str
    account_id: int
    currency: str
    open_minor: int
    settled_minor: int


class _New(NamedTuple):
    """An invoice to take over, and to whom."""

    told: Told[Key]
    owner: Owner


class _More(NamedTuple):
    """An invoice of which more was settled elsewhere."""

    told: Told[Key]
    stored: _Stored
    amount_minor: int


@transaction.atomic
def take_over_invoices(part: Slice[ElsewhereRow], *, legal_entity_id: int, on: dt.date) -> Taken:
    """Each invoice of the records is there under its own number, with what was settled of it elsewhere.

    One that was taken over already changes in nothing but what settles it: more than before is another payment. What
    does not fit is refused and stops no other. The caller posts what was open, and lays the payments on their invoices,
    in the same transaction. Dated `on` where the file says no day.
    """
    groups = told([(good.intake_row, good.row) for good in part.rows])
    known = accounts(legal_entity_id, [group.row for group in groups])
    stored = _stored(legal_entity_id, [group.row for group in groups])
    ours = _our_numbers(legal_entity_id)
    judged = [_judge(group, known, stored, ours) for group in groups]
    new = [each for each in judged if isinstance(each, _New)]
    more = [each for each in judged if isinstance(each, _More)]
    ids, unknown = _create(new, known, legal_entity_id, part)
    openings = _settle(legal_entity_id, _openings(new, ids), in_opening=True, on=on, part=part)
    later = _settle(legal_entity_id, _later(more), in_opening=False, on=on, part=part)
    verdicts = [_verdict(each, unknown) for each in judged]
    each_record = [verdict for group, verdict in zip(groups, verdicts, strict=True) for _ in group.keys]
    return Taken(each_record, ids, openings, later)


def _our_numbers(legal_entity_id: int) -> OurNumbers:
    entity = LegalEntity.objects.get(pk=legal_entity_id)
    return OurNumbers({"invoice": entity.invoice_prefix, "credit_note": entity.credit_note_prefix})


def _stored(legal_entity_id: int, rows: Sequence[ElsewhereRow]) -> dict[Number, _Stored]:
    found = Invoice.objects.filter(
        legal_entity_id=legal_entity_id,
        made_elsewhere=True,
        state=InvoiceState.ISSUED,
        number__in={row.reference for row in rows},
    ).select_related("origin")
    external = dict(
        Settlement.objects.filter(invoice__in=found, payment__state=PaymentState.RECEIVED)
        .values_list("invoice_id")
        .annotate(Sum("payment__amount_minor"))
    )
    return {
        (one.kind, one.number or ""): _Stored(
            one.pk,
            one.origin.content_hash,
            one.account_id,
            one.currency,
            one.payable_minor - one.settled_minor,
            one.deducted_minor + external.get(one.pk, 0),
        )
        for one in found
    }


def _judge(
    group: Told[Key], known: Accounts, stored: dict[Number, _Stored], ours: OurNumbers
) -> Verdict | _New | _More:
    row = group.row
    if group.refusal:
        return Refused(*group.refusal)
    there = stored.get((row.kind, row.reference))
    if there is not None:
        return _compare(group, there)
    if (prefix := ours.prefix_of(row.kind, row.reference)) is not None:
        return Refused("reference", NumberOfOurSeries(prefix=prefix))
    owner = known.of(row)
    return owner if isinstance(owner, Refused) else _New(group, owner)


def _compare(group: Told[Key], stored: _Stored) -> Verdict | _More:
    """What the file says more of an invoice that is there."""
    if group.content_hash != stored.content_hash:
        return Refused("reference", FixedOnceTakenOver())
    difference = group.row.settled_minor - stored.settled_minor
    if difference == 0:
        return Outcome.UNCHANGED
    known = from_minor(abs(stored.settled_minor), stored.currency)
    if abs(group.row.settled_minor) < abs(stored.settled_minor):
        return Refused("settled", SettledLessThanBefore(known=known))
    if group.row.kind == CREDIT_NOTE:
        return Refused("settled", CreditUsedElsewhere(known=known))
    if difference > stored.open_minor:
        left = from_minor(stored.open_minor, stored.currency)
        return Refused("settled", MoreSettledThanOpen(open=left))
    return _More(group, stored, difference)


def _verdict(judged: Verdict | _New | _More, unknown: set[Number]) -> Verdict:
    if isinstance(judged, _More):
        return Outcome.UPDATED
    if not isinstance(judged, _New):
        return judged
    row = judged.told.row
    if (row.kind, row.reference) in unknown:
        return Warned(Outcome.CREATED, "corrects", CorrectedInvoiceUnknown())
    return Outcome.CREATED


def _create(
    new: list[_New], known: Accounts, legal_entity_id: int, part: Slice[ElsewhereRow]
) -> tuple[list[int], set[Number]]:
    """The new invoices with their origins: their keys, and which correct one that is not there."""
    if not new:
        return [], set()
    first = sql.reserve_ids(Invoice, len(new))
    orders = order_references({(each.owner.id, each.told.row.order_reference) for each in new})
    ids = {_number(each): (key, each.owner.id) for key, each in enumerate(new, first)}
    corrected = _corrected(legal_entity_id, new, ids)
    rows = [_row(key, each, known, orders, corrected) for key, each in enumerate(new, first)]
    bring_in(legal_entity_id, rows, actor=part.actor)
    Origin.objects.bulk_create(
        Origin(
            invoice_id=key,
            intake_row_id=each.told.keys[0],
            content_hash=each.told.content_hash,
            lines=[line._asdict() for line in each.told.lines],
        )
        for key, each in enumerate(new, first)
    )
    alone = {_number(each) for each, row in zip(new, rows, strict=True) if each.told.row.corrects}
    return [row.id for row in rows], {
        number
        for number, row in zip(map(_number, new), rows, strict=True)
        if number in alone and not row.corrects_id
    }


def _number(new: _New) -> Number:
    return new.told.row.kind, new.told.row.reference


def _corrected(
    legal_entity_id: int, new: Sequence[_New], ids: dict[Number, tuple[int, int]]
) -> dict[tuple[int, str], int]:
    """The invoices that credit notes may correct, by account and number: those of the slice and those there."""
    wanted = {each.told.row.corrects for each in new} - {""}
    there = Invoice.objects.issued().filter(
        legal_entity_id=legal_entity_id,
        kind=InvoiceKind.INVOICE,
        account_id__in={each.owner.id for each in new},
        number__in=wanted,
    )
    found = {(account_id, number or ""): key for key, account_id, number in
             there.values_list("pk", "account_id", "number")}  # fmt: skip
    return found | {(owner, number): key for (kind, number), (key, owner) in ids.items() if kind == "invoice"}


def _row(
    key: int,
    new: _New,
    known: Accounts,
    orders: dict[tuple[int, str], int],
    corrected: dict[tuple[int, str], int],
) -> BroughtIn:
    row, owner = new.told.row, new.owner
    is_note = row.kind == CREDIT_NOTE
    return BroughtIn(
        id=key,
        account_id=owner.id,
        kind=row.kind,
        number=row.reference,
        issue_date=row.issue_date,
        due_date=row.due_date or due_date(owner.terms, row.issue_date, known.reading),
        currency=row.currency,
        net_minor=row.net_minor,
        tax_minor=row.tax_minor,
        gross_minor=row.gross_minor,
        used_minor=row.settled_minor if is_note else 0,
        buyer_identity_id=owner.identity_id,
        buyer_reference_id=orders.get((owner.id, row.order_reference)),
        language=owner.language,
        corrects_id=corrected.get((owner.id, row.corrects)) if is_note else None,
    )


class _Due(NamedTuple):
    """An amount that settled an invoice elsewhere."""

    account_id: int
    currency: str
    invoice_id: int
    number: str
    amount_minor: int
    intake_row: Key


def _openings(new: Sequence[_New], ids: Sequence[int]) -> list[_Due]:
    return [
        _Due(each.owner.id, row.currency, key, row.reference, row.settled_minor, each.told.keys[0])
        for key, each in zip(ids, new, strict=True)
        if (row := each.told.row).kind != CREDIT_NOTE and row.settled_minor
    ]


def _later(more: Sequence[_More]) -> list[_Due]:
    return [
        _Due(
            each.stored.account_id,
            each.stored.currency,
            each.stored.id,
            each.told.row.reference,
            each.amount_minor,
            each.told.keys[0],
        )
        for each in more
    ]


def _settle(
    legal_entity_id: int, dues: list[_Due], *, in_opening: bool, on: dt.date, part: Slice[ElsewhereRow]
) -> list[Laid]:
    payments = [
        FromElsewhere(due.account_id, Method.EXTERNAL, due.amount_minor, due.currency, on, due.number)
        for due in dues
    ]
    keys = record_from_elsewhere(legal_entity_id, payments, actor=part.actor)
    paired = list(zip(keys, dues, strict=True))
    Settlement.objects.bulk_create(
        Settlement(
            payment_id=key, invoice_id=due.invoice_id, in_opening=in_opening, intake_row_id=due.intake_row
        )
        for key, due in paired
    )
    return [Laid(key, due.invoice_id, due.amount_minor) for key, due in paired]
