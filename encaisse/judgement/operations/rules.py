"""Every write of validation rules: one is defined, another takes its place, one ends."""

import datetime as dt
from typing import Any, NamedTuple

from django.db import transaction

from encaisse.judgement.errors import RuleEnded, RuleNameTaken, RulePeriodEmpty
from encaisse.judgement.models import Rule
from encaisse.judgement.rules.criteria import read
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.models import LegalEntity


class RuleFacts(NamedTuple):
    """What a rule says, as `models.Rule` has it; the trees are those of `rules.criteria`."""

    name: str
    verdict: str
    mode: str
    criteria: Any
    only_when: Any = None
    priority: int = 0
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


@transaction.atomic
def define(scope: Scope, legal_entity_id: int, kind: str, facts: RuleFacts) -> int:
    """Drafts of this kind of this legal entity are judged by the rule from now on. Returns its key.

    Raises NotPermitted, NotFound, RuleMalformed, RulePeriodEmpty, RuleNameTaken.
    """
    scope.require("configure")
    rule = _new(_covered(scope, legal_entity_id), kind, facts)
    events.record("rule.defined", "validation_rule", rule.pk, scope.actor, name=facts.name)
    return rule.pk


@transaction.atomic
def change(scope: Scope, rule_id: int, facts: RuleFacts) -> int:
    """Another rule takes the place of this one, which keeps what it said of the documents that it caught.

    Returns the key of the new one. Raises as `define` does, and RuleEnded.
    """
    old = _ended(scope, rule_id)
    rule = _new(old.legal_entity, old.kind, facts, replaces=old)
    events.record("rule.changed", "validation_rule", rule.pk, scope.actor, name=facts.name)
    return rule.pk


@transaction.atomic
def end(scope: Scope, rule_id: int) -> None:
    """Nothing is judged by the rule any more. Raises NotPermitted, NotFound, RuleEnded."""
    rule = _ended(scope, rule_id)
    events.record("rule.ended", "validation_rule", rule_id, scope.actor, name=rule.name)


def _new(entity: LegalEntity, kind: str, facts: RuleFacts, *, replaces: Rule | None = None) -> Rule:
    read(facts.criteria, entity.currency)
    if facts.only_when is not None:
        read(facts.only_when, entity.currency)
    if facts.valid_from and facts.valid_to and facts.valid_to <= facts.valid_from:
        raise RulePeriodEmpty
    if Rule.objects.filter(legal_entity=entity, kind=kind, name=facts.name, is_active=True).exists():
        raise RuleNameTaken(name=facts.name)
    return Rule.objects.create(legal_entity=entity, kind=kind, replaces=replaces, **facts._asdict())


def _ended(scope: Scope, rule_id: int) -> Rule:
    scope.require("configure")
    rule = (
        Rule.objects.select_for_update(of=("self",)).select_related("legal_entity").filter(pk=rule_id).first()
    )
    if rule is None or not _covers(scope, rule.legal_entity_id):
        raise NotFound(noun="validation_rule")
    if not rule.is_active:
        raise RuleEnded
    Rule.objects.filter(pk=rule_id).update(is_active=False)
    return rule


def _covered(scope: Scope, legal_entity_id: int) -> LegalEntity:
    # Locked, so that two rules of one name take turns.
    entity = LegalEntity.objects.select_for_update(no_key=True).filter(pk=legal_entity_id).first()
    if entity is None or not _covers(scope, legal_entity_id):
        raise NotFound(noun="legal_entity")
    return entity


def _covers(scope: Scope, legal_entity_id: int) -> bool:
    return scope.sees_every_customer and scope.covers(legal_entity_id)
