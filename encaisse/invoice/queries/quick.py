"""The busiest list of documents: its rows are made into JSON by PostgreSQL, which spares objects by the thousand."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from encaisse.invoice.queries.lists import EVERY, FIRST, Wanted, keys
from encaisse.kernel import clock, sql
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope

LAST: Final = 2**63 - 1
# The longest page that the statement gives.
MOST: Final = 200


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
    asked = {
        "ids": [],
        "newest": _is_usual(scope, wanted, window),
        "before": after or LAST,
        "entities": None if scope.entity_ids is None else list(scope.entity_ids),
        "hidden": list(scope.hidden_entity_ids),
        "most": window.size + 1,
        "now": clock.now(),
    }
    if not asked["newest"]:
        asked["ids"] = keys(scope, wanted, window=window, after=after)
    return [WrittenInvoice(*row) for row in sql.prepared_rows("invoice", "written_invoices", asked)]


def _is_usual(scope: Scope, wanted: Wanted, window: Window) -> bool:
    """Whether the newest are asked for by who sees every customer: then keys and rows are one statement."""
    return scope.sees_every_customer and wanted == EVERY and window == Window(size=min(window.size, MOST))
