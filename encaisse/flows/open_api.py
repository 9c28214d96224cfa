"""Somebody gives a program a key.

in test mode: open the sandbox of each legal entity -> choose its regimes of VAT
make the key
"""

from django.db import transaction

from encaisse.access.errors import NoSandboxes
from encaisse.access.models import KeyMode
from encaisse.access.operations import keys
from encaisse.access.operations.keys import NewKey, Wanted
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.party.operations.sandboxes import open_sandbox
from encaisse.party.queries import legal_entities
from encaisse.tax.operations import choose_regime
from encaisse.tax.queries import regimes


@transaction.atomic
def give_key(scope: Scope, wanted: Wanted) -> NewKey:
    """A program may use the API; in test mode in the sandboxes of the legal entities wanted, else of all.

    Raises NotPermitted, NotFound, KeyExpired, NoSandboxes.
    """
    scope.require("integrate")
    if wanted.mode == KeyMode.LIVE:
        return keys.create_key(scope, wanted)
    seen = {each.id: each for each in legal_entities(scope) if not each.is_sandbox}
    chosen = frozenset(seen) if wanted.entity_ids is None else wanted.entity_ids
    if not chosen:
        raise NoSandboxes
    if not chosen <= seen.keys():
        raise NotFound(noun="legal entity")
    opened = frozenset(_open(key, seen[key].timezone, scope.actor) for key in sorted(chosen))
    return keys.create_key(scope, wanted._replace(entity_ids=opened))


def _open(entity_id: int, timezone: str, actor: Actor) -> int:
    sandbox_id = open_sandbox(entity_id, actor=actor)
    for tax_class, due_on in regimes(entity_id, clock.today(timezone)).items():
        choose_regime(sandbox_id, tax_class=tax_class, due_on=due_on, actor=actor)
    return sandbox_id
