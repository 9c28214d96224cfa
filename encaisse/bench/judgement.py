"""Twenty rules of every kind of criterion, which judge all drafts of a seller and catch none."""

from collections.abc import Callable
from typing import Any, Final

from encaisse.judgement.models import Rule
from encaisse.judgement.operations.rules import RuleFacts, define
from encaisse.kernel.scope import Actor, Level, Scope

_SCOPE: Final = Scope(Actor("command", None, "bench"), Level.EVERYTHING, permissions=frozenset({"configure"}))
_CRITERIA: Final[tuple[dict[str, Any], ...]] = (
    {"of": "gross", "is": "gt", "value": "900000.00"},
    {"of": "net", "is": "lt", "value": "0.01"},
    {"of": "change", "is": "gt", "value": "90000"},
    {"of": "country", "is": "in", "values": ["KP", "IR"]},
    {"of": "currency", "is": "not_in", "values": ["EUR"]},
    {"of": "credit_category", "is": "in", "values": ["D", "E"]},
    {"of": "payment_method", "is": "in", "values": ["card"]},
    {"of": "missing", "is": "any", "values": ["postcode"]},
    {"of": "customer_age", "is": "lt", "value": "0"},
    {"of": "offers", "is": "gt", "value": "900000.00", "offers": ["BENCH-1"]},
    {"of": "subscription_age", "is": "lt", "value": "-1000"},
)


def seed_rules(legal_entity_id: int) -> Callable[[bool], None]:
    """Twenty rules exist, each of two criteria and a condition. Returns what puts all of them in force or out of it."""
    for number in range(20):
        one, other = (_CRITERIA[(number + step) % len(_CRITERIA)] for step in (0, 3))
        tree = {"any": [one, {"every": [other, {"of": "gross", "is": "ge", "value": "0.00"}]}]}
        only_when = {"of": "gross", "is": "ge", "value": "0.00"} if number % 2 else None
        facts = RuleFacts(f"Règle {number}", "suspect", "forbid", tree, only_when)
        define(_SCOPE, legal_entity_id, "invoice", facts)

    def judge(in_force: bool) -> None:  # noqa: FBT001 - the one thing that it is told
        Rule.objects.filter(legal_entity_id=legal_entity_id).update(is_active=in_force)

    return judge
