"""Rules and the quarantine under attack by raw SQL."""

import datetime as dt

import pytest

from encaisse.flows import billing_cycle
from encaisse.flows.decide_drafts import refuse
from encaisse.invoice.models import Invoice
from encaisse.judgement.models import Finding
from tests.flows.stories import ACTOR, seller
from tests.flows.test_judgement import BELOW_100, CLERK, draft, owed, rule
from tests.guards import Attack, assert_guarded, copied

ATTACKS = [
    Attack("validation_rule_has_a_name", copied("judgement_rule", "rule", name="")),
    Attack(
        "validation_rule_verdict_is_known", copied("judgement_rule", "rule", name="Autre", verdict="approve")
    ),
    Attack("validation_rule_mode_is_known", copied("judgement_rule", "rule", name="Autre", mode="script")),
    Attack(
        "validation_rule_period_is_whole",
        copied("judgement_rule", "rule", name="Autre", valid_from="2026-02-01", valid_to="2026-02-01"),
    ),
    Attack("validation_rule_named_once", copied("judgement_rule", "rule")),
    Attack(
        "validation_rule_never_changes", "UPDATE judgement_rule SET verdict = 'reject' WHERE id = %(rule)s"
    ),
    Attack("finding_once_per_rule", copied("judgement_finding", "finding")),
    Attack(
        "run_is_finished_while_in_quarantine", "UPDATE billing_run SET quarantined = 0 WHERE id = %(run)s"
    ),
    # Nothing leaves quarantine for its number but by a release, and nothing issued comes back.
    Attack(
        "invoice_invoice_transitions",
        "UPDATE invoice_invoice SET state = 'suspect' WHERE id = %(waiting)s",
        also=("invoice_agrees_with_its_quarantine",),
    ),
    Attack(
        "invoice_agrees_with_its_quarantine",
        "UPDATE invoice_invoice SET state = 'approved' WHERE id = %(waiting)s",
    ),
    Attack(
        "quarantine_agrees_with_its_invoice",
        "UPDATE judgement_quarantine SET decision = 'released', decided_at = now() WHERE invoice_id = %(waiting)s",
    ),
    Attack(
        "quarantine_dated_iff_decided",
        "UPDATE judgement_quarantine SET decided_at = now() WHERE invoice_id = %(waiting)s",
    ),
    Attack(
        "quarantine_verdict_is_known",
        "UPDATE judgement_quarantine SET verdict = 'approve' WHERE invoice_id = %(waiting)s",
        also=("quarantine_keeps_what_was_found",),
    ),
    Attack(
        "quarantine_keeps_what_was_found",
        "UPDATE judgement_quarantine SET gross_minor = 1 WHERE invoice_id = %(waiting)s",
    ),
    Attack(
        "quarantine_decided_once",
        "UPDATE judgement_quarantine SET decided_by = 'Personne' WHERE invoice_id = %(refused)s",
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """A finished run with one invoice issued, one in quarantine and one refused there."""
    entity = seller()
    owed(entity, "50", "100", "100")
    key = rule(entity, BELOW_100)
    run_id = draft(entity, dt.date(2026, 2, 1))
    billing_cycle.issue(run_id, actor=ACTOR)
    waiting, refused = Invoice.objects.filter(run_id=run_id, state="quarantined").values_list("pk", flat=True)
    refuse(CLERK, refused, drop=False)
    finding = Finding.objects.values_list("pk", flat=True)[0]
    return {"rule": key, "run": run_id, "waiting": waiting, "refused": refused, "finding": finding}
