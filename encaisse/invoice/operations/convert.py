"""Converting again the drafts that were made at an older rate than the last one of the day on which they are issued."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from encaisse.billing.operations import runs as billing
from encaisse.currency.queries import rate_on
from encaisse.currency.rules import Rate, quotient
from encaisse.invoice.models import Invoice, Line
from encaisse.invoice.operations.cancel import cancel_drafts
from encaisse.invoice.operations.draft import load_drafts
from encaisse.invoice.queries.billable import Claimed, claimed
from encaisse.invoice.queries.stored import Stored, stored
from encaisse.invoice.rules.convert import Sold, Tie, draft_in_both
from encaisse.invoice.rules.discount import Discount
from encaisse.invoice.rules.plans import Taxes
from encaisse.invoice.rules.rows import NULL, Approved, Draft, Heading
from encaisse.invoice.rules.seal import parties_record, record
from encaisse.kernel import clock, events, sql
from encaisse.kernel.scope import Actor
from encaisse.tax.queries import deferred_classes, resolved_taxes


class Ready(NamedTuple):
    """Drafts to be issued: those that stay as they are, and the keys of those that took the place of others, by the
    keys of these."""

    kept: list[Approved]
    made: Mapping[int, int]


class _Stale(NamedTuple):
    """A draft of a run, what it bills, and the rate that it should be at."""

    draft: Stored
    charges: list[Claimed]
    rate: Rate


@transaction.atomic
def convert_again(drafts: Sequence[Approved], issue_date: dt.date, *, actor: Actor) -> Ready:
    """Each draft of a run in another currency than the books' is at the last rate recorded for the issue date.

    What a draft says never changes: one of an older rate is cancelled, and the same charges, taxes, discounts and
    parties make another in its place, which has its outcome. Corrections keep the rate of what they correct.
    The caller has locked the drafts. Raises NoRateRecorded.
    """
    stale = _stale(drafts, issue_date)
    if not stale:
        return Ready([*drafts], {})
    first, line_id = (
        sql.reserve_ids(Invoice, len(stale)),
        sql.reserve_ids(Line, sum(len(s.charges) for s in stale)),
    )
    made = []
    for invoice_id, one in enumerate(stale, first):
        made.append(_drafted(one, (invoice_id, line_id), issue_date))
        line_id += len(one.charges)
    cancel_drafts([each.draft.row.id for each in stale])
    load_drafts(made)
    places = {each.draft.row.id: new.id for each, new in zip(stale, made, strict=True)}
    billing.move_outcomes(places.items())
    events.record("invoice.converted", "invoice", (first, first + len(made) - 1), actor)
    return Ready([each for each in drafts if each.id not in places], places)


def _stale(drafts: Sequence[Approved], issue_date: dt.date) -> list[_Stale]:
    abroad = [each for each in stored([d.id for d in drafts if d.exchange_rate_id]) if each.row.run_id]
    rates = {
        pair: rate_on(*pair, issue_date)
        for pair in {(each.row.currency, each.row.accounting_currency) for each in abroad}
    }
    behind = [
        (each, rate)
        for each in abroad
        if (rate := rates[each.row.currency, each.row.accounting_currency]).id != each.row.exchange_rate_id
    ]
    charges = claimed([each.row.id for each, _ in behind])
    return [_Stale(each, charges[each.row.id], rate) for each, rate in behind]


def _drafted(one: _Stale, ids: tuple[int, int], issue_date: dt.date) -> Draft:
    row = one.draft.row
    of_class = {each.charge.tax_class: each.tax_id for each in one.charges}
    known = resolved_taxes(set(of_class.values()))
    taxes = Taxes(lambda name: known[of_class[name]], deferred_classes(row.legal_entity_id, issue_date))
    sold = Sold([each.charge for each in one.charges], taxes, ids, _discounts(one.draft))
    currencies = {each.charge.id: each.currency for each in one.charges}
    return draft_in_both(_heading(one), sold, Tie(row.accounting_currency, one.rate, currencies))


def _heading(one: _Stale) -> Heading:
    row, books = one.draft.row, one.draft.row.accounting_currency
    shared = (row.legal_entity_id, row.run_id, False, 0, books, quotient(one.rate, books), one.rate.id)
    terms = (
        row.buyer_identity_id,
        row.language,
        row.terms_kind,
        row.terms_days,
        row.terms_day,
        row.terms_plan,
    )
    return Heading(
        account_id=str(row.account_id),
        run_id=str(row.run_id),
        split=row.split,
        kind=row.kind,
        corrects_id=_or_null(row.corrects_id),
        buyer_reference_id=_or_null(row.buyer_reference_id),
        currency=row.currency,
        shared=record((*shared, row.seller_identity_id, row.reason, clock.now())),
        terms=record(terms),
        parties=parties_record(one.draft.parties),
    )


def _or_null(key: int | None) -> str:
    return NULL if key is None else str(key)


def _discounts(draft: Stored) -> list[Discount]:
    """What was taken off the document, agreed in its own currency, in the order in which it was."""
    amounts: dict[tuple[Decimal | None, str], int] = {}
    for given in draft.allowances:
        key = (given.percent, given.reason)
        amounts[key] = amounts.get(key, 0) + given.amount_minor
    return [Discount(percent, 0 if percent else amount, why) for (percent, why), amount in amounts.items()]
