"""Judging: every rule in force is asked of every new draft at once, the worst that is found wins, and every reason is
kept with the values seen."""

import datetime as dt
from collections.abc import Iterable
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from encaisse.billing.rules import Part
from encaisse.invoice.models import InvoiceState
from encaisse.invoice.operations.decide import mark_caught
from encaisse.judgement.errors import RuleMalformed, RuleNotComputable
from encaisse.judgement.models import Finding, Mode, Rule, Verdict
from encaisse.judgement.rules.compiling import Rule as Judged
from encaisse.judgement.rules.compiling import compiled
from encaisse.judgement.rules.criteria import read
from encaisse.kernel import sql
from encaisse.party.models import LegalEntity

DRAFTED = "i.run_id = %(run_id)s AND i.id BETWEEN %(first)s AND %(last)s AND i.state = 'approved'"


class FindingRow(NamedTuple):
    """A finding as it is stored. `seen` is JSON text."""

    invoice_id: int
    rule_id: int
    verdict: str
    seen: str


class Law(NamedTuple):
    """The rules in force of a legal entity on a day, and its accounting currency, in which they compare."""

    rules: tuple[Judged, ...]
    currency: str
    on: dt.date


def law(legal_entity_id: int, on: dt.date) -> Law:
    """What drafts of this entity and day are judged by. Raises RuleNotComputable, before anything is drafted."""
    currency = LegalEntity.objects.values_list("currency", flat=True).get(pk=legal_entity_id)
    in_force = Rule.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=on),
        Q(valid_to=None) | Q(valid_to__gt=on),
        legal_entity_id=legal_entity_id,
        is_active=True,
    )
    return Law(tuple(judged(rule, currency) for rule in in_force.order_by("-priority", "pk")), currency, on)


def judged(rule: Rule, currency: str) -> Judged:
    """The rule as it is compiled. Raises RuleNotComputable."""
    try:
        only_when = None if rule.only_when is None else read(rule.only_when, currency)
        tree = read(rule.criteria, currency)
    except RuleMalformed:
        raise RuleNotComputable(rule=rule.name) from None
    return Judged(rule.pk, rule.kind, rule.verdict, rule.mode == Mode.FORBID, tree, only_when)


@transaction.atomic(savepoint=False)
def judge_part(part: Part, drafted: tuple[int, int], by: Law) -> int:
    """The drafts of a part, from the first to the last, that a rule catches are suspect or rejected, the worst of all
    findings, which are kept. What no rule catches stays approved and is not written again. Returns how many were
    caught."""
    if not by.rules:
        return 0
    given = {"run_id": part.run_id, "first": drafted[0], "last": drafted[1], "on": by.on}
    statement, params = compiled(by.rules, by.currency, among=DRAFTED, given=given)
    found = [FindingRow(*row) for row in sql.composed_rows(statement, params)]
    sql.copy_rows(Finding, FindingRow, found)
    worst = _worst(found)
    for verdict, state in ((Verdict.SUSPECT, InvoiceState.SUSPECT), (Verdict.REJECT, InvoiceState.REJECTED)):
        mark_caught([key for key, each in worst.items() if each == verdict], state)
    return len(worst)


def _worst(found: Iterable[FindingRow]) -> dict[int, str]:
    worst: dict[int, str] = {}
    for row in found:
        if worst.get(row.invoice_id) != Verdict.REJECT:
            worst[row.invoice_id] = row.verdict
    return worst
