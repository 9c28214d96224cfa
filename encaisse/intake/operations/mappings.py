"""What is remembered of a source's files."""

from typing import Final

from django.db import transaction

from encaisse.intake.models import Mapping
from encaisse.intake.rules import parse_text
from encaisse.intake.rules.mapping import ColumnMap
from encaisse.kernel import clock, events
from encaisse.kernel.scope import Actor

LONGEST_NAME: Final = 60


@transaction.atomic
def remember(kind: str, source: str, chosen: ColumnMap, *, actor: Actor) -> int:
    """Files of this kind from this source are read so from now on; what was remembered before is replaced.

    Raises TextTooLong and ControlCharacter for a name that cannot be one.
    """
    name = parse_text(source, longest=LONGEST_NAME)
    said = {"facts": chosen._asdict(), "saved_at": clock.now()}
    saved, _ = Mapping.objects.update_or_create(kind=kind, source=name, defaults=said)
    events.record("import.mapping_saved", "mapping", saved.pk, actor, of=kind, source=name)
    return saved.pk
