"""Why a document was caught, beside the one before it: what its page says of it, and what may be decided."""

from contextlib import suppress
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from encaisse.billing.queries.runs import whole_run
from encaisse.invoice.queries.detail import InvoiceDetail
from encaisse.judgement.queries.findings import Compared, ComparedLine, FindingRow, compared, findings
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.ui import judgement_words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Money, Value


class Decisions(NamedTuple):
    """What this person may decide of the document now."""

    approve: bool = False
    release: bool = False
    refuse: bool = False
    correct: bool = False


NONE = Decisions()


def judged(scope: Scope, found: InvoiceDetail) -> dict[str, Any]:
    """What the page of the document shows of its judgement; nothing of one that no rule caught."""
    reasons = findings(scope, found.row.id)
    if not reasons:
        return {"decisions": NONE}
    before = compared(scope, found.row.id) if found.row.state not in ("issued", "cancelled") else None
    return {
        "decisions": _decisions(scope, found),
        "reasons": _reasons(reasons),
        "compared": _compared(before) if before else None,
        "before_url": reverse("desk:invoice", args=[before.previous_id]) if before else "",
        "before": before.previous if before else "",
    }


def is_in_review(scope: Scope, found: InvoiceDetail) -> bool:
    """Whether it is a draft that this person may take out of its run."""
    drafted = found.row.state in ("approved", "suspect", "rejected")
    if found.run_id is None or found.run_kind != "mass" or not drafted:
        return False
    with suppress(NotFound):
        return scope.may("bill") and whole_run(scope, found.run_id).state == "review"
    return False


def _decisions(scope: Scope, found: InvoiceDetail) -> Decisions:
    if found.row.state == "quarantined":
        bills = scope.may("bill")
        return Decisions(release=scope.may("issue"), refuse=bills, correct=bills)
    if found.row.state not in ("suspect", "rejected") or found.run_id is None:
        return NONE
    with suppress(NotFound):
        return Decisions(approve=scope.may("issue") and whole_run(scope, found.run_id).state == "review")
    return NONE


def _reasons(rows: tuple[FindingRow, ...]) -> Table:
    columns = (
        Column("verdict", _("Verdict"), Kind.STATUS, show=lambda row: judgement_words.VERDICTS[row.verdict]),
        Column("rule", _("Rule")),
        Column("says", _("What it catches"), show=_says),
        Column("seen", _("Seen"), show=lambda row: judgement_words.seen(row.seen, row.currency)),
    )
    return Table(columns, rows, name="reasons", caption=_("Why it was caught"))


def _says(row: FindingRow) -> str:
    return judgement_words.caught(row.mode, row.tree, row.condition, row.currency)


def _compared(found: Compared) -> Table:
    columns = (
        Column("label", _("Product")),
        Column("before_minor", found.previous, Kind.MONEY),
        Column("now_minor", _("This document"), Kind.MONEY),
        Column("change", _("Difference"), Kind.MONEY, show=_change),
    )
    totals: dict[str, Value] = {
        "before_minor": Money(found.before_minor, found.currency),
        "now_minor": Money(found.now_minor, found.currency),
        "change": Money(found.now_minor - found.before_minor, found.currency),
    }
    return Table(
        columns, found.lines, name="compared", caption=_("Beside the previous document"), totals=totals
    )


def _change(row: ComparedLine) -> Money:
    return Money((row.now_minor or 0) - (row.before_minor or 0), row.currency)
