"""What a noun needs to take files in, gathered here: its kind, its verdicts, and the operation that reads."""

from encaisse.intake.operations.take_in import (
    Good,
    ImportReport,
    Kind,
    Order,
    Refused,
    Save,
    Slice,
    Verdict,
    Warned,
    require_import,
    take_in,
)

__all__ = [
    "Good",
    "ImportReport",
    "Kind",
    "Order",
    "Refused",
    "Save",
    "Slice",
    "Verdict",
    "Warned",
    "require_import",
    "take_in",
]
