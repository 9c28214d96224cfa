"""Reads of usage."""

from zoneinfo import ZoneInfo

from encaisse.kernel.errors import NotFound
from encaisse.party.models import LegalEntity


def local_time(legal_entity_id: int) -> ZoneInfo:
    """The time zone in which a legal entity's days begin and end. Raises NotFound."""
    found = LegalEntity.objects.filter(pk=legal_entity_id).values_list("timezone", flat=True).first()
    if found is None:
        raise NotFound(noun="legal entity")
    return ZoneInfo(found)
