"""Versions of legal identities."""

from encaisse.party.models import Identity
from encaisse.party.rules.identities import IdentityFacts
from encaisse.party.rules.names import match_key


def version(told: IdentityFacts, known: Identity | None = None) -> Identity:
    """The identity that says this: the known one when it does already, else a new version."""
    said = told._asdict()
    if known is not None and all(getattr(known, name) == value for name, value in said.items()):
        return known
    key = match_key(told.name, told.address_1, told.postcode, told.city)
    return Identity.objects.create(**said, match_key=key)
