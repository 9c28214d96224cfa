"""Judging: every rule in force is asked of every new draft at once, the worst that is found wins, and every reason is
kept with the values seen."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import Q

from encaisse.billing.rules import Part
from encaisse.invoice.models import InvoiceState
from encaisse.invoice.operations.decide import mark_caught
from encaisse.judgement.errors import RuleNotComputable
from encaisse.judgement.models import Finding, Mode, Rule, Verdict
from encaisse.judgement.rules.compiling import UNANSWERED, compiled
from encaisse.judgement.rules.compiling import Rule as Asked
from encaisse.judgement.rules.criteria import as_found
from encaisse.kernel import sql
from encaisse.party.models import LegalEntity

DRAFTED: Final = "i.run_id = %(run_id)s AND i.id BETWEEN %(first)s AND %(last)s AND i.state = 'approved'"
THESE: Final = "i.id = ANY(%(ids)s::bigint[])"


class FindingRow(NamedTuple):
    """A finding as it is stored. `seen` is JSON text."""

    invoice_id: int
    rule_id: int
    verdict: str
    seen: str


class Law(NamedTuple):
    """The rules in force of a legal entity on a day, and its accounting currency, in which they compare."""

    rules: tuple[Asked, ...]
    currency: str
    on: dt.date


class Judged(NamedTuple):
    """The drafts that rules caught, each with the worst that was found and the keys of the rules that did; and those
    of which a broken rule could not be answered, by that rule."""

    worst: Mapping[int, str]
    caught_by: Mapping[int, frozenset[int]]
    unanswered: Mapping[RuleNotComputable, Sequence[int]]


NOTHING: Final = Judged({}, {}, {})


def law(legal_entity_id: int, on: dt.date) -> Law:
    """What drafts of this entity and day are judged by."""
    currency = LegalEntity.objects.values_list("currency", flat=True).get(pk=legal_entity_id)
    in_force = Rule.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=on),
        Q(valid_to=None) | Q(valid_to__gt=on),
        legal_entity_id=legal_entity_id,
        is_active=True,
    )
    return Law(tuple(_asked(rule, currency) for rule in in_force.order_by("-priority", "pk")), currency, on)


@transaction.atomic(savepoint=False)
def judge_part(part: Part, drafted: tuple[int, int], by: Law) -> Judged:
    """The drafts of a part, from the first to the last, that a rule catches are suspect or rejected, the worst of all
    findings, which are kept. What no rule catches stays approved and is not written again.

    What could not be answered is left as it is, for the caller to set aside.
    """
    return _judge(by, DRAFTED, {"run_id": part.run_id, "first": drafted[0], "last": drafted[1]})


@transaction.atomic(savepoint=False)
def judge_these(invoice_ids: Iterable[int], by: Law) -> Judged:
    """The same of these drafts, which were just made."""
    return _judge(by, THESE, {"ids": sql.array(invoice_ids)})


def _judge(by: Law, among: str, given: Mapping[str, Any]) -> Judged:
    if not by.rules:
        return NOTHING
    statement, params = compiled(by.rules, by.currency, among=among, given={**given, "on": by.on})
    found = [FindingRow(*row) for row in sql.composed_rows(statement, params)]
    unanswered = _unanswered(found, by.rules)
    set_aside = {key for keys in unanswered.values() for key in keys}
    caught = [row for row in found if row.verdict != UNANSWERED and row.invoice_id not in set_aside]
    sql.copy_rows(Finding, FindingRow, caught)
    worst = _worst(caught)
    for verdict, state in ((Verdict.SUSPECT, InvoiceState.SUSPECT), (Verdict.REJECT, InvoiceState.REJECTED)):
        mark_caught([key for key, each in worst.items() if each == verdict], state)
    return Judged(worst, _caught_by(caught), unanswered)


def _asked(rule: Rule, currency: str) -> Asked:
    only_when = None if rule.only_when is None else as_found(rule.only_when, currency)
    tree = as_found(rule.criteria, currency)
    return Asked(rule.pk, rule.name, rule.kind, rule.verdict, rule.mode == Mode.FORBID, tree, only_when)


def _unanswered(found: Iterable[FindingRow], rules: Iterable[Asked]) -> dict[RuleNotComputable, list[int]]:
    """The documents of each broken rule; one of several is of the first."""
    broken = {
        rule.id: RuleNotComputable(rule=rule.name, found=rule.broken.text) for rule in rules if rule.broken
    }
    first = {row.invoice_id: broken[row.rule_id] for row in found if row.verdict == UNANSWERED}
    documents: dict[RuleNotComputable, list[int]] = {}
    for invoice_id, why in first.items():
        documents.setdefault(why, []).append(invoice_id)
    return documents


def _caught_by(found: Iterable[FindingRow]) -> dict[int, frozenset[int]]:
    rules: dict[int, set[int]] = {}
    for row in found:
        rules.setdefault(row.invoice_id, set()).add(row.rule_id)
    return {key: frozenset(each) for key, each in rules.items()}


def _worst(found: Iterable[FindingRow]) -> dict[int, str]:
    worst: dict[int, str] = {}
    for row in found:
        if worst.get(row.invoice_id) != Verdict.REJECT:
            worst[row.invoice_id] = row.verdict
    return worst
