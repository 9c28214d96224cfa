"""The books are checked, and what was found is told to whoever reads them."""

from encaisse.flows import books
from encaisse.flows.books import Finding, Progress
from encaisse.kernel import events
from encaisse.kernel.scope import Actor


def check_books(*, actor: Actor, progress: Progress | None = None) -> list[Finding]:
    """Everything that does not hold; the verdict is recorded, who asked for it and when. See `books.check`."""
    findings = books.check(progress)
    broken = [_told(each) for each in findings]
    events.record("books.checked", "books", 0, actor, names=books.names(), broken=broken)
    return findings


def _told(finding: Finding) -> dict[str, object]:
    rows = [[str(value) for value in row] for row in finding.rows]
    return {"name": finding.name, "columns": finding.columns, "rows": rows}
