"""Sandboxes: legal entities in which programs try things out."""

from typing import Final

from django.db import transaction

from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.models import Identity, LegalEntity
from encaisse.party.operations.identities import version
from encaisse.party.rules.identities import IdentityFacts

MARK: Final = "TEST"
# As the legal entity it stands for, but for who it is, how it numbers, and where money would go: nobody pays a test.
LIKE: Final = ("timezone", "late_penalty", "month_end_reading")
_LONGEST_PREFIX: Final = 20


@transaction.atomic
def open_sandbox(legal_entity_id: int, *, actor: Actor) -> int:
    """The legal entity has a sandbox, which is like it from now on and says in its name and numbers that it is one.

    Returns the sandbox's key. Repeatable. Locks the legal entity. Raises NotFound, also for a sandbox.
    """
    found = LegalEntity.objects.select_for_update(of=("self",)).select_related("identity")
    entity = found.filter(pk=legal_entity_id, sandbox_of=None).first()
    if entity is None:
        raise NotFound(noun="legal entity")
    sandbox = LegalEntity.objects.select_related("identity").filter(sandbox_of=entity).first()
    identity = version(_identity(entity.identity), sandbox.identity if sandbox else None)
    settings = {name: getattr(entity, name) for name in LIKE} | {
        "identity": identity,
        "invoice_prefix": f"{MARK}-{entity.invoice_prefix}"[:_LONGEST_PREFIX],
        "credit_note_prefix": f"{MARK}-{entity.credit_note_prefix}"[:_LONGEST_PREFIX],
    }
    if sandbox is None:
        code = f"{entity.code}-{MARK}"
        sandbox = LegalEntity.objects.create(
            code=code, currency=entity.currency, chart=entity.chart, sandbox_of=entity, **settings
        )
        events.record("legal_entity.created", "legal_entity", sandbox.pk, actor, sandbox_of=entity.code)
    else:
        LegalEntity.objects.filter(pk=sandbox.pk).update(**settings)
    return sandbox.pk


def _identity(entity: Identity) -> IdentityFacts:
    said = IdentityFacts(*(getattr(entity, name) for name in IdentityFacts._fields))
    return said._replace(name=f"{MARK} – {said.name}")
