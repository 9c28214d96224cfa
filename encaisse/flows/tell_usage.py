"""A program tells what was used: each event is known once, of the contracts that the program sees."""

from collections.abc import Iterable, Sequence
from typing import Final

from django.db import transaction

from encaisse.intake.models import Outcome
from encaisse.intake.operations import Refused, Verdict, Warned
from encaisse.kernel.scope import Scope
from encaisse.subscription.models import Subscription
from encaisse.usage import operations as usage
from encaisse.usage.errors import ContractUnknown
from encaisse.usage.rules.records import UsageEvent

UNKNOWN: Final = Refused("contract", ContractUnknown())


@transaction.atomic
def tell_usage(scope: Scope, batch: Sequence[UsageEvent]) -> list[Verdict]:
    """Each event waits to be rated, unless it was told before; a contract that the asker does not see is not there.

    Returns one verdict per event, in order. Raises NotPermitted.
    """
    scope.require("import")
    seen = _visible(scope, {event.contract for event in batch})
    told = iter(usage.record([event for event in batch if event.contract in seen], actor=scope.actor))
    return [next(told) if event.contract in seen else UNKNOWN for event in batch]


def outcomes(verdicts: Iterable[Verdict]) -> list[tuple[str, Refused | None]]:
    """Each verdict as a word, and what is wrong when it was refused."""
    return [("refused", each) if isinstance(each, Refused) else (_word(each), None) for each in verdicts]


def _word(verdict: Outcome | Warned) -> str:
    return str(verdict.outcome if isinstance(verdict, Warned) else verdict)


def _visible(scope: Scope, references: set[str]) -> set[str]:
    found = Subscription.objects.visible_to(scope).filter(reference__in=references)
    return set(found.values_list("reference", flat=True))
