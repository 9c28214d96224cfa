"""Which invoices made elsewhere the files of a bundle are the documents of."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple, cast

from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Lower, Replace

from encaisse.document.models import Document, DocumentKind
from encaisse.invoice.models import Invoice
from encaisse.takeover.rules.files import stem_of


class Wanted(NamedTuple):
    """An invoice whose document a file is; `has_document` when it was brought before."""

    invoice_id: int
    issue_date: dt.date
    has_document: bool


def invoices_of_files(legal_entity_id: int, names: Collection[str]) -> dict[str, Wanted]:
    """The invoice of each file: the one that its own file names so, else the only one whose number it is called by."""
    mine = Invoice.objects.issued().filter(legal_entity_id=legal_entity_id, made_elsewhere=True)
    without_slash = Replace(F("number"), Value("/"), Value("-"), output_field=TextField())
    stem = Lower(Replace(without_slash, Value("_"), Value("-"), output_field=TextField()))
    made = Document.objects.filter(invoice=OuterRef("pk"), kind=DocumentKind.ORIGINAL)
    called = mine.annotate(stem=stem, told=Lower("origin__file_name"), is_made=Exists(made))
    stems = {stem_of(name) for name in names}
    found = called.filter(Q(told__in=names) | Q(told="", stem__in=stems))
    by_name: dict[str, list[Wanted]] = {}
    for key, date, is_made, told, number in found.values_list("pk", "issue_date", "is_made", "told", "stem"):
        by_name.setdefault(told or number, []).append(Wanted(key, cast(dt.date, date), is_made))
    each = ((name, by_name.get(name) or by_name.get(stem_of(name), [])) for name in names)
    return {name: wanted[0] for name, wanted in each if len(wanted) == 1}
