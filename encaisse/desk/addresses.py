"""Public references in addresses: `customers/<cus:customer_id>` gives the view the row's key, and
`{% url "desk:customer" row.id %}` writes the reference. What is not a reference of that kind is a 404."""

from typing import ClassVar, Final

from django.urls import register_converter

from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import key_of, public_id

PREFIXES: Final = (
    "cus", "ba", "le", "sub", "inv", "run", "pay", "ent", "usr", "doc", "imp", "cyc", "try", "off", "prc",
    "job", "vue", "key", "wh", "msg", "sch", "upl", "rol", "grp", "txr", "vru", "cat", "dep", "dpt", "dmv", "dpp",
)  # fmt: skip


class Reference:
    """Turns a reference of one prefix into the key behind it, and back."""

    prefix: ClassVar[str]
    regex = "[a-z]{2,3}_[0-9a-z]{10}"

    def to_python(self, value: str) -> int:
        """The key. A ValueError tells Django that nothing is at this address."""
        try:
            return key_of(self.prefix, value)
        except NotFound as nothing:
            raise ValueError(value) from nothing

    def to_url(self, value: int) -> str:
        """The reference of a key."""
        return public_id(self.prefix, value)


def register() -> None:
    """Addresses may hold `<prefix:name>` for each of our prefixes."""
    for prefix in PREFIXES:
        register_converter(type(f"{prefix.title()}Reference", (Reference,), {"prefix": prefix}), prefix)
