"""Loading what a part of a chunk made of its accounts and charges, in the text of COPY."""

from collections.abc import Sequence

from encaisse.billing.models import Claim, Outcome
from encaisse.billing.rules import ClaimRow, OutcomeRow
from encaisse.kernel import sql


def claims(rows: Sequence[str]) -> None:
    """Each charge has its fate. A charge that has one already refuses the whole set (IntegrityError)."""
    sql.copy_text(Claim, ClaimRow._fields, rows)


def outcomes(rows: Sequence[str]) -> None:
    """Each account of the run has its one outcome for each of its invoices."""
    sql.copy_text(Outcome, OutcomeRow._fields, rows)
