"""The tags of documents as their list and their page show them."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from encaisse.invoice.queries.lists import InvoiceRow
from encaisse.kernel.scope import Scope
from encaisse.tag import queries
from encaisse.ui.lists import Column, Filter


def filters(names: Sequence[str], asked: str) -> tuple[Filter, ...]:
    """The choice among the tags in use, when there are any; what an old address asks for stays to be seen."""
    if not names and not asked:
        return ()
    offered = names if not asked or asked in names else (*names, asked)
    return (Filter("tag", _("Tag"), tuple((name, name) for name in offered)),)


def column(scope: Scope, names: Sequence[str], rows: Sequence[InvoiceRow]) -> tuple[Column, ...]:
    """What each row of a page bears, when anything bears a tag."""
    if not names:
        return ()
    borne = queries.tags_of(scope, [row.id for row in rows])
    return (Column("tags", _("Tags"), show=lambda row: ", ".join(borne.get(row.id, ()))),)


def tagged(scope: Scope, invoice_id: int) -> dict[str, Any]:
    """What the page of a document shows of its tags."""
    offered = queries.offered(scope, invoice_id)
    return {
        "tags": [name for name, borne in offered if borne],
        "known_tags": [name for name, borne in offered if not borne],
        "may_tag": scope.may("bill"),
    }
