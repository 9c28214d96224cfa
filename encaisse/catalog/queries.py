"""What is sold, for those who choose it."""

from typing import NamedTuple

from encaisse.catalog.models import Product
from encaisse.kernel.scope import Scope


class ProductRow(NamedTuple):
    """A product to choose."""

    id: int
    code: str
    name_fr: str
    name_en: str


def products(scope: Scope) -> tuple[ProductRow, ...]:
    """Every product, by code: what is sold is no secret among those who sign in."""
    rows = Product.objects.order_by("code").values_list("pk", "code", "name_fr", "name_en")
    return tuple(ProductRow(*row) for row in rows)
