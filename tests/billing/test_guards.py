"""Runs, outcomes and the fate of charges under attack by raw SQL."""

import pytest

from encaisse.billing.models import CycleMember, Run
from encaisse.invoice.models import Invoice
from tests.flows.stories import bill, seller
from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_account, make_charge, make_cycle

DISCOUNT = """
    INSERT INTO billing_documentdiscount (account_id, percent, amount, currency, reason, valid_from, valid_to)
    VALUES (%(account)s, {percent}, {amount}, 'EUR', {reason}, '2026-02-01', {until})
"""


def discount(percent: str = "10", amount: str = "NULL", reason: str = "'Remise'", until: str = "NULL") -> str:
    """SQL that takes something off the documents of the account."""
    return DISCOUNT.format(percent=percent, amount=amount, reason=reason, until=until)


ATTACKS = [
    Attack("document_discount_is_a_percent_or_an_amount", discount(amount="5")),
    Attack("document_discount_is_a_percent_or_an_amount", discount(percent="NULL")),
    Attack("document_discount_is_a_percentage", discount(percent="101")),
    Attack("document_discount_amount_is_positive", discount(percent="NULL", amount="0")),
    Attack("document_discount_says_why", discount(reason="''")),
    Attack("document_discount_period_is_whole", discount(until="'2026-02-01'")),
    Attack(
        "billing_run_transitions",
        "UPDATE billing_run SET state = 'drafting', ended_at = NULL WHERE id = %(run)s",
    ),
    Attack("billing_run_begins", copied("billing_run", "run")),
    Attack(
        "billing_run_never_goes",
        "DELETE FROM billing_run WHERE id = %(lone)s",
    ),
    Attack(
        "billing_run_never_goes_rekeyed",
        "UPDATE billing_run SET id = 9000000 WHERE id = %(lone)s",
        refused_by="billing_run_never_goes",
    ),
    Attack("billing_chunk_transitions", "UPDATE billing_chunk SET state = 'planned' WHERE run_id = %(run)s"),
    Attack("billing_chunk_never_goes", "DELETE FROM billing_chunk WHERE run_id = %(run)s"),
    Attack(
        "chunk_range_is_ordered",
        "UPDATE billing_chunk SET last_account = first_account - 1 WHERE run_id = %(run)s",
    ),
    Attack(
        "billing_cycle_never_goes",
        "DELETE FROM billing_cyclemember; DELETE FROM billing_cycle WHERE id = %(cycle)s",
    ),
    Attack("cycle_recurs", "UPDATE billing_cycle SET unit_count = 0 WHERE id = %(cycle)s"),
    Attack(
        "cycle_next_day_follows_its_first",
        "UPDATE billing_cycle SET next_day = first_day - 1 WHERE id = %(cycle)s",
    ),
    Attack("billing_cycle_code_key", copied("billing_cycle", "cycle")),
    Attack("billing_cyclemember_account_id_key", copied("billing_cyclemember", "member")),
    Attack("run_pauses_while_worked_on", "UPDATE billing_run SET paused_at = now() WHERE id = %(run)s"),
    Attack(
        "billing_outcome_references",
        "INSERT INTO billing_outcome (run_id, account_id, split, outcome, reason, facts)"
        " VALUES (%(run)s, 9000000, 0, 'nothing', '', '{}')",
    ),
    Attack(
        "billing_outcome_references_updated",
        "UPDATE billing_outcome SET account_id = 9000000 WHERE run_id = %(run)s",
        refused_by="billing_outcome_references",
    ),
    Attack(
        "outcome_invoice_exists",
        "INSERT INTO billing_outcome (run_id, account_id, split, outcome, reason, facts, invoice_id)"
        " VALUES (%(run)s, %(account)s, 1, 'invoiced', '', '{}', 9000000)",
        refused_by="billing_outcome_references",
    ),
    Attack(
        "outcome_invoice_exists_updated",
        "UPDATE billing_outcome SET invoice_id = 9000000 WHERE run_id = %(run)s",
        refused_by="billing_outcome_references",
    ),
    Attack(
        "billing_outcome_pkey",
        "INSERT INTO billing_outcome (run_id, account_id, split, outcome, reason, facts)"
        " VALUES (%(run)s, %(account)s, 0, 'nothing', '', '{}')",
    ),
    Attack(
        "outcome_has_an_invoice_iff_invoiced",
        "UPDATE billing_outcome SET outcome = 'nothing' WHERE run_id = %(run)s",
    ),
    Attack(
        "outcome_has_a_reason_iff_exception",
        "UPDATE billing_outcome SET reason = 'why not' WHERE run_id = %(run)s",
    ),
    Attack(
        "billing_claim_pkey",
        "INSERT INTO billing_claim (charge_id, fate, share_minor) VALUES (%(charge)s, 'dropped', 0)",
        also=("claimed_was_open",),
    ),
    Attack(
        "claimed_was_open",
        "INSERT INTO billing_claim (charge_id, fate, share_minor) VALUES (%(charge)s, 'dropped', 0)",
        also=("billing_claim_pkey",),
    ),
    Attack(
        "claimed_was_open",
        "INSERT INTO billing_claim (charge_id, fate, share_minor) VALUES (9000000, 'dropped', 0)",
    ),
    Attack(
        "billing_claim_references",
        "INSERT INTO billing_claim (charge_id, fate, share_minor, run_id) VALUES (%(open)s, 'dropped', 0, 9000000)",
    ),
    Attack(
        "billing_claim_references_updated",
        "UPDATE billing_claim SET run_id = 9000000 WHERE charge_id = %(charge)s",
        also=(
            "claim_keeps_its_charge_and_run",
            "claim_keeps_its_line_when_issued",
            "claim_moves_to_an_open_invoice",
        ),
        refused_by="billing_claim_references",
    ),
    Attack(
        "claim_keeps_its_charge_and_run",
        "UPDATE billing_claim SET run_id = %(lone)s WHERE charge_id = %(charge)s",
        also=("claim_keeps_its_line_when_issued", "claim_moves_to_an_open_invoice"),
    ),
    Attack(
        "claim_joins_an_open_invoice",
        "INSERT INTO billing_claim (charge_id, fate, line, share_minor) VALUES (%(open)s, 'billed', 9000000, 0)",
        refused_by="claim_line_exists",
    ),
    Attack(
        "claim_moves_to_an_open_invoice",
        "UPDATE billing_claim SET line = 9000000 WHERE charge_id = %(drafted)s",
        refused_by="claim_line_exists",
    ),
    Attack(
        "claim_has_a_line_iff_billed",
        "INSERT INTO billing_claim (charge_id, fate, share_minor) VALUES (%(open)s, 'billed', 0)",
    ),
    Attack(
        "claim_stays_when_issued",
        "DELETE FROM billing_claim WHERE charge_id = %(charge)s",
        refused_by="charge_billed_for_good",
    ),
    Attack(
        "claim_keeps_its_line_when_issued",
        "UPDATE billing_claim SET fate = 'dropped', line = NULL WHERE charge_id = %(charge)s",
        refused_by="charge_billed_for_good",
    ),
    Attack(
        "claim_joins_an_open_invoice",
        "INSERT INTO billing_claim (charge_id, fate, line, share_minor)"
        " SELECT %(open)s, 'billed', id, 0 FROM invoice_line WHERE invoice_id = %(invoice)s",
        refused_by="charge_billed_for_good",
    ),
    Attack(
        "claim_joins_an_open_invoice",
        "INSERT INTO billing_claim (charge_id, fate, line, share_minor)"
        " SELECT %(open)s, 'billed', line, 0 FROM billing_claim WHERE charge_id = %(drafted)s UNION ALL"
        " SELECT %(other)s, 'billed', id, 0 FROM invoice_line WHERE invoice_id = %(invoice)s",
        refused_by="charge_billed_for_good",
    ),
    Attack(
        "claim_moves_to_an_open_invoice",
        "UPDATE billing_claim SET line = (SELECT id FROM invoice_line WHERE invoice_id = %(invoice)s)"
        " WHERE charge_id = %(drafted)s",
        refused_by="charge_billed_for_good",
    ),
    Attack(
        "billing_claim_never_emptied",
        "TRUNCATE billing_claim",
        refused_by="charge_billed_for_good",
        role="encaisse_owner",
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """An account with a charge issued, one drafted and one open, and a run without chunks."""
    entity = seller()
    account = make_account(legal_entity=entity)
    charge = make_charge(account=account)
    run_id = bill(entity)
    drafted = make_charge(account=account)
    bill(entity, issue=False)
    lone = Run.objects.create(cutoff_date="2026-02-01", issue_date="2026-02-01", actor_kind="user")
    cycle = make_cycle()

    return {
        "account": account.pk,
        "charge": charge.pk,
        "drafted": drafted.pk,
        "open": make_charge(account=account).pk,
        "other": make_charge(account=account).pk,
        "run": run_id,
        "cycle": cycle.pk,
        "member": CycleMember.objects.create(account=account, cycle=cycle).pk,
        "lone": lone.pk,
        "invoice": Invoice.objects.get(run_id=run_id).pk,
    }
