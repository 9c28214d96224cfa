"""When invoices fall due: fixed once, at issue, with the instalments of those that are payable in several."""

import datetime as dt
from collections.abc import Sequence
from functools import cache

from encaisse.invoice.models import Instalment, InvoiceKind
from encaisse.invoice.rules.rows import Approved
from encaisse.invoice.rules.schedule import InstalmentRow, schedule
from encaisse.kernel import sql
from encaisse.party.models import LegalEntity
from encaisse.party.rules.terms import MonthEndReading, PaymentTerms, due_date


def fix_due_dates(drafts: Sequence[Approved], issue_date: dt.date) -> dict[int, dt.date]:
    """The due date of each draft, by key, by what its legal entity counts first to the end of a month.

    Invoices payable in several instalments have their schedule besides. The caller holds the drafts locked and
    issues them in the same transaction: the due dates are sealed by their links, and the schedules frozen.
    """
    entities = {draft.legal_entity_id for draft in drafts}
    readings = dict(LegalEntity.objects.filter(pk__in=entities).values_list("pk", "month_end_reading"))

    @cache
    def due_on(entity_id: int, kind: str, days: int, day: int | None, plan: str) -> dt.date:
        terms = PaymentTerms.stored(kind, days, day, plan)
        return due_date(terms, issue_date, MonthEndReading(readings[entity_id]))

    in_several = [draft for draft in drafts if draft.terms_plan and draft.kind == InvoiceKind.INVOICE]
    if in_several:
        _store_schedules(in_several, issue_date, readings)
    return {
        draft.id: due_on(
            draft.legal_entity_id, draft.terms_kind, draft.terms_days, draft.terms_day, draft.terms_plan
        )
        for draft in drafts
    }


def _store_schedules(drafts: Sequence[Approved], issue_date: dt.date, readings: dict[int, str]) -> None:
    rows = []
    for draft in drafts:
        terms = PaymentTerms.stored(draft.terms_kind, draft.terms_days, draft.terms_day, draft.terms_plan)
        reading = MonthEndReading(readings[draft.legal_entity_id])
        dues = schedule(terms, draft.payable_minor, issue_date, reading)
        rows += [InstalmentRow(draft.id, position, *due) for position, due in enumerate(dues, 1)]
    sql.copy_rows(Instalment, InstalmentRow, rows)
