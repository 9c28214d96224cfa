"""The busiest list of documents: its rows are made into JSON by PostgreSQL, which spares objects by the thousand."""

from collections.abc import Mapping
from typing import NamedTuple

from encaisse.invoice.queries.lists import EVERY, FIRST, Wanted, keys
from encaisse.kernel import clock, sql
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope


class WrittenInvoice(NamedTuple):
    """One document of a list; `text` is a JSON object of everything but the keys."""

    id: int
    customer_id: int
    account_id: int
    legal_entity_id: int
    text: str

    @property
    def keys(self) -> Mapping[str, tuple[str, int]]:
        """The rows that it names: their prefix and key, by field."""
        return {
            "id": ("inv", self.id),
            "customer_id": ("cus", self.customer_id),
            "account_id": ("ba", self.account_id),
            "legal_entity_id": ("le", self.legal_entity_id),
        }


def invoices(
    scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST, after: int | None = None
) -> list[WrittenInvoice]:
    """One page of the documents wanted and the row after it, if there is one, as `lists.invoices` has them."""
    found = {"ids": keys(scope, wanted, window=window, after=after), "now": clock.now()}
    return [WrittenInvoice(*row) for row in sql.prepared_rows("invoice", "written_invoices", found)]
