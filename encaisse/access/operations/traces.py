"""What people took out of the product."""

from django.db import transaction

from encaisse.kernel import events
from encaisse.kernel.scope import Actor


@transaction.atomic
def record_file(actor: Actor, *, name: str, address: str) -> None:
    """The audit log says who took which file, from which address."""
    events.record("user.took_a_file", "user", actor.id or 0, actor, file=name, address=address[:200])
