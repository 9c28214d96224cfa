"""Rules as people see them, and what one would have caught of what is issued."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from encaisse.invoice.models import Invoice, InvoiceKind
from encaisse.judgement.models import Mode, Rule
from encaisse.judgement.rules import compiling
from encaisse.judgement.rules.compiling import compiled
from encaisse.judgement.rules.criteria import Node, Unreadable, as_found, read, unreadable
from encaisse.kernel import clock, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.party.models import LegalEntity

# So many past documents answer within a second, and are several months of most sellers.
MOST_TRIED: Final = 10_000
SHOWN: Final = 20
AMONG: Final = "i.id = ANY(%(ids)s::bigint[])"


class RuleRow(NamedTuple):
    """One rule. `tree` and `condition` are `criteria` and `only_when` as they can be judged."""

    id: int
    entity_id: int
    entity: str
    kind: str
    name: str
    priority: int
    verdict: str
    mode: str
    criteria: Any
    only_when: Any
    valid_from: dt.date | None
    valid_to: dt.date | None
    is_active: bool
    currency: str
    tree: Node
    condition: Node | None

    @property
    def public(self) -> str:
        """The rule as addresses name it."""
        return public_id("vru", self.id)

    @property
    def broken(self) -> Unreadable | None:
        """What of it cannot be judged."""
        return unreadable(self.tree) or (unreadable(self.condition) if self.condition else None)


class Would(NamedTuple):
    """A document that a rule would have caught, and the values that it would have seen."""

    id: int
    number: str
    customer: str
    issue_date: dt.date
    gross_minor: int
    currency: str
    seen: Mapping[str, Any]
    accounting_currency: str


class Tried(NamedTuple):
    """What a rule would have caught of the documents issued last: how many of how many, and the newest of them."""

    caught: int
    documents: int
    newest: tuple[Would, ...]


def rules(scope: Scope, *, entity_id: int | None = None) -> tuple[RuleRow, ...]:
    """The rules in force of the legal entities that the scope sees whole, by entity, the highest priority first."""
    if not scope.sees_every_customer:
        return ()
    found = Rule.objects.filter(scope.entities(), is_active=True)
    if entity_id is not None:
        found = found.filter(legal_entity_id=entity_id)
    ordered = found.select_related("legal_entity__identity").order_by("legal_entity_id", "-priority", "pk")
    return tuple(map(_row, ordered))


def rule(scope: Scope, rule_id: int) -> RuleRow:
    """One rule, in force or not. Raises NotFound."""
    found = Rule.objects.select_related("legal_entity__identity").filter(scope.entities(), pk=rule_id).first()
    if found is None or not scope.sees_every_customer:
        raise NotFound(noun="validation_rule")
    return _row(found)


def tried(scope: Scope, entity_id: int, kind: str, said: Mapping[str, Any]) -> Tried:
    """What a rule of these trees, mode and verdict would have caught of the entity's latest documents.

    Nothing is written. Raises NotFound, RuleMalformed.
    """
    entity = LegalEntity.objects.filter(pk=entity_id).first()
    if entity is None or not (scope.sees_every_customer and scope.covers(entity_id)):
        raise NotFound(noun="legal_entity")
    asked = compiling.Rule(
        id=0,
        name="",
        kind=kind,
        verdict=said["verdict"],
        forbids=said["mode"] == Mode.FORBID,
        tree=read(said["criteria"], entity.currency),
        only_when=None if said.get("only_when") is None else read(said["only_when"], entity.currency),
    )
    past = Invoice.objects.issued().filter(legal_entity_id=entity_id, kind=kind, made_elsewhere=False)
    ids = list(past.order_by("-pk").values_list("pk", flat=True)[:MOST_TRIED])
    given = {"ids": sql.array(ids), "on": clock.today(entity.timezone)}
    statement, params = compiled([asked], entity.currency, among=AMONG, given=given)
    caught = {row[0]: json.loads(row[3]) for row in sql.composed_rows(statement, params)}
    newest = sorted(caught, reverse=True)[:SHOWN]
    return Tried(len(caught), len(ids), tuple(_would({key: caught[key] for key in newest}, entity.currency)))


def _would(seen: Mapping[int, Any], currency: str) -> "Sequence[Would]":
    found = Invoice.objects.filter(pk__in=seen).select_related("account__customer").order_by("-pk")
    return [
        Would(
            id=each.pk,
            number=each.number or "",
            customer=each.account.customer.name,
            issue_date=each.issue_date or each.drafted_at.date(),
            gross_minor=each.gross_minor,
            currency=each.currency,
            seen=seen[each.pk],
            accounting_currency=currency,
        )
        for each in found
    ]


def _row(found: Rule) -> RuleRow:
    currency = found.legal_entity.currency
    return RuleRow(
        id=found.pk,
        entity_id=found.legal_entity_id,
        entity=found.legal_entity.identity.name,
        kind=InvoiceKind(found.kind).value,
        name=found.name,
        priority=found.priority,
        verdict=found.verdict,
        mode=found.mode,
        criteria=found.criteria,
        only_when=found.only_when,
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        is_active=found.is_active,
        currency=currency,
        tree=as_found(found.criteria, currency),
        condition=None if found.only_when is None else as_found(found.only_when, currency),
    )
