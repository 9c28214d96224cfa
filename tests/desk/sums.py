"""The totals that pages should show, of the rows that a viewer sees and of no others."""

from collections.abc import Iterable
from decimal import Decimal

from tests.desk.viewers import Viewer
from tests.desk.world import Row, World


def of_invoices(world: World, viewer: Viewer, _: Row | None) -> set[str]:
    """All documents, and what of them is open: drafts are not."""
    rows = viewer.seen(world, "inv")
    return {total(rows), total(row for row in rows if not row.run)} if rows else set()


def owed_by_entity(world: World, viewer: Viewer, _: Row | None) -> set[str]:
    """What the issued invoices of each legal entity claim; the credit note stands apart."""
    claims = [row for row in viewer.seen(world, "inv") if not row.run and row.amount_minor > 0]
    by_entity = [[row for row in claims if _entity(row) == entity] for entity in world.entities]
    return {total(rows) for rows in by_entity if rows}


def received(world: World, viewer: Viewer, _: Row | None) -> set[str]:
    """All payments."""
    rows = viewer.seen(world, "pay")
    return {total(rows)} if rows else set()


def of_run(world: World, viewer: Viewer, run: Row | None) -> set[str]:
    """The drafts of one run."""
    rows = [row for row in viewer.seen(world, "inv") if run and row.run == run.id]
    return {total(rows)} if rows else set()


def receivables(world: World, viewer: Viewer, _: Row | None) -> set[str]:
    """The debits and the credits of the receivables account."""
    issued = [row for row in viewer.seen(world, "inv") if not row.run]
    debits = sum(row.amount_minor for row in issued if row.amount_minor > 0)
    credits = sum(row.amount_minor for row in viewer.seen(world, "pay"))
    credits -= sum(row.amount_minor for row in issued if row.amount_minor < 0)
    return {_written(debits), _written(credits)} if issued else set()


def vat(world: World, viewer: Viewer, _: Row | None) -> set[str]:
    """What is due of documents that were issued, all at 20 %."""
    issued = [row for row in viewer.seen(world, "inv") if not row.run]
    return {_written(sum(row.amount_minor for row in issued) // 6)} if issued else set()


def total(rows: Iterable[Row]) -> str:
    """The sum of amounts as a page holds it for machines."""
    return _written(sum(row.amount_minor for row in rows))


def _entity(row: Row) -> str:
    (owner,) = row.owners
    return owner.entity


def _written(cents: int) -> str:
    return f"{Decimal(cents) / 100:.2f}"
