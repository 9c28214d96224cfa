"""Issuing: approved drafts take the next numbers of their series, in one short step at the end."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction

from encaisse.billing.rules import Part
from encaisse.invoice.errors import InvoiceNotApproved, IssueDateBeforeLast
from encaisse.invoice.models import Invoice, InvoiceKind, InvoiceQuerySet, InvoiceState, Series
from encaisse.invoice.operations.schedule import fix_due_dates
from encaisse.invoice.rules.rows import Approved
from encaisse.invoice.rules.seal import link
from encaisse.kernel import clock, sql
from encaisse.party.models import LegalEntity


class _Batch(NamedTuple):
    """The drafts that one series numbers, written down before its row is locked: from then on others wait."""

    digests: list[bytes]
    due_dates: list[dt.date]
    ids: str
    due_array: str


def approved_of(part: Part) -> list[int]:
    """The approved drafts of the part's run and accounts, in the order of their ids."""
    return list(_approved(part).order_by("id").values_list("id", flat=True))


def accounts_approved(part: Part) -> list[int]:
    """The accounts of the part with an approved draft of its run, in order."""
    return list(_approved(part).order_by("account_id").values_list("account_id", flat=True))


def _approved(part: Part) -> InvoiceQuerySet:
    of_run = Invoice.objects.filter(run_id=part.run_id, legal_entity_id=part.legal_entity_id)
    of_part = of_run.filter(account_id__gte=part.first_account, account_id__lte=part.last_account)
    return of_part.filter(state=InvoiceState.APPROVED)


def lock_approved(invoice_ids: Sequence[int]) -> list[Approved]:
    """Lock these drafts FOR UPDATE, in id order, so that no line can join them. Raises InvoiceNotApproved."""
    found = [
        Approved(*row) for row in sql.binary_rows("invoice", "lock_approved", {"ids": sql.array(invoice_ids)})
    ]
    missing = set(invoice_ids) - {row.id for row in found}
    if missing:
        stray = min(missing)
        state = Invoice.objects.filter(pk=stray).values_list("state", flat=True).first()
        raise InvoiceNotApproved(invoice_id=stray, state=state or "unknown")
    return found


@transaction.atomic(savepoint=False)
def number(drafts: Sequence[Approved], issue_date: dt.date) -> int:
    """The drafts are issued: numbered without a hole in the order given, dated, linked into their series' chains.

    The caller has locked them (`lock_approved`) and posted them: the database refuses an issue without its
    entry. The series rows are the last locks taken, in id order. Raises IssueDateBeforeLast.
    """
    issued_at = clock.now()
    batches = _batches(drafts, fix_due_dates(drafts, issue_date))
    series = _lock_series(set(batches), issue_date)
    return sum(_number_in(one, batches[key], issue_date, issued_at) for key, one in series.items())


def _batches(drafts: Sequence[Approved], dues: Mapping[int, dt.date]) -> dict[tuple[int, str], _Batch]:
    found: dict[tuple[int, str], list[Approved]] = {}
    for draft in drafts:
        found.setdefault((draft.legal_entity_id, draft.kind), []).append(draft)
    batches = {}
    for key, own in found.items():
        due_dates = [dues[draft.id] for draft in own]
        ids = sql.array([draft.id for draft in own])
        batches[key] = _Batch([draft.digest for draft in own], due_dates, ids, sql.array(due_dates))
    return batches


def _number_in(one: Series, batch: _Batch, issue_date: dt.date, issued_at: dt.datetime) -> int:
    first, head, links = one.last_number + 1, bytes(one.last_link), []
    for sequence, (digest, due) in enumerate(zip(batch.digests, batch.due_dates, strict=True), first):
        head = link(head, f"{one.prefix}{sequence:0{one.width}}", (issue_date, due, issued_at), digest)
        links.append(head)
    # The series first: an issued invoice stands at or below the last number of its series at every moment.
    one.last_number, one.last_link, one.last_issue_date = first + len(links) - 1, head, issue_date
    one.save(update_fields=["last_number", "last_link", "last_issue_date"])
    given = {"ids": batch.ids, "due_dates": batch.due_array, "links": sql.array(links), "first": first}
    fixed = {"series_id": one.pk, "prefix": one.prefix, "width": one.width}
    return sql.execute("invoice", "issue", given | fixed | {"issue_date": issue_date, "issued_at": issued_at})


def _lock_series(keys: set[tuple[int, str]], issue_date: dt.date) -> dict[tuple[int, str], Series]:
    period = str(issue_date.year)
    entities = LegalEntity.objects.in_bulk({entity_id for entity_id, _ in keys})
    for entity_id, kind in sorted(keys):
        entity = entities[entity_id]
        prefix = _prefix(entity, kind)
        _open_series(entity_id, kind, period, f"{prefix}{period}-")
    rows = (
        Series.objects.select_for_update().filter(period=period, legal_entity_id__in=entities).order_by("id")
    )
    series = {(one.legal_entity_id, one.kind): one for one in rows if (one.legal_entity_id, one.kind) in keys}
    for one in series.values():
        if one.last_issue_date and one.last_issue_date > issue_date:
            raise IssueDateBeforeLast(
                issue_date=issue_date, last_issue_date=one.last_issue_date, series=one.prefix
            )
    return series


def _prefix(entity: LegalEntity, kind: str) -> str:
    """Advances have a series of their own, named after that of invoices."""
    if kind == InvoiceKind.ADVANCE:
        return f"{entity.invoice_prefix}AC"
    return entity.invoice_prefix if kind == InvoiceKind.INVOICE else entity.credit_note_prefix


def _open_series(entity_id: int, kind: str, period: str, prefix: str) -> None:
    known = Series.objects.filter(legal_entity_id=entity_id, kind=kind, period=period)
    if not known.exists():
        fresh = Series(legal_entity_id=entity_id, kind=kind, period=period, prefix=prefix)
        Series.objects.bulk_create([fresh], ignore_conflicts=True)  # another worker may open it first
