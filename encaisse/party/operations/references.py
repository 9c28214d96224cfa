"""The references that buyers ask for: immutable rows, one for each that an account has ever borne."""

import json
from collections.abc import Mapping

from django.db import transaction

from encaisse.kernel import sql
from encaisse.party.models import BuyerReference
from encaisse.party.rules.references import References, checked


@transaction.atomic
def buyer_reference(account_id: int, told: References) -> int | None:
    """The account may bear these references. Returns their key, the same for the same; None when all are empty.

    Raises TextTooLong and ControlCharacter.
    """
    said = checked(told)
    if not any(said):
        return None
    found, _ = BuyerReference.objects.get_or_create(account_id=account_id, **said._asdict())
    return found.pk


@transaction.atomic
def bear_references(told: Mapping[int, References]) -> None:
    """Each account bears these references on its documents, none when all are empty. Repeatable."""
    rows = json.dumps([{"account_id": key} | said._asdict() for key, said in told.items()])
    sql.execute("party", "add_references", {"rows": rows})
    sql.execute("party", "bear_references", {"rows": rows})
