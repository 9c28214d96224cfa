"""Every table of the ledger, gathered here: accounts with their entries, and the figures computed of them."""

from encaisse.ledger.models.entries import (
    Account,
    CollectedVat,
    CountryAccount,
    Entry,
    EntryKind,
    EntryQuerySet,
    FecNumber,
    Journal,
    Mapping,
    MappingKind,
    Posting,
    PostingQuerySet,
)
from encaisse.ledger.models.figures import (
    CutOff,
    CutOffLine,
    CutOffLineQuerySet,
    CutOffQuerySet,
    DaySum,
    VatSource,
    VatSum,
)

__all__ = [
    "Account",
    "CollectedVat",
    "CountryAccount",
    "CutOff",
    "CutOffLine",
    "CutOffLineQuerySet",
    "CutOffQuerySet",
    "DaySum",
    "Entry",
    "EntryKind",
    "EntryQuerySet",
    "FecNumber",
    "Journal",
    "Mapping",
    "MappingKind",
    "Posting",
    "PostingQuerySet",
    "VatSource",
    "VatSum",
]
