"""Deposits under attack by raw SQL."""

import datetime as dt

import pytest
from django.db import transaction

from encaisse.deposit.models import Deposit, Movement, ProposalKind, Series, Why
from encaisse.deposit.operations import movements, templates
from encaisse.deposit.operations.movements import Given
from encaisse.deposit.operations.proposals import Proposed, propose
from encaisse.deposit.rules import Limits
from encaisse.flows import deposits
from encaisse.ledger.models import Entry
from encaisse.ledger.operations import post_movement
from encaisse.payment.models import Payment
from tests.guards import Attack, assert_guarded, copied
from tests.makers import CLERK, make_account, make_issued_invoice, make_offer, make_payment, make_scope

ALL = make_scope("manage_deposits", "refund_deposits", "record_payment", "allocate")
DAY = dt.date(2026, 2, 10)
MOVED = "INSERT INTO deposit_movement (deposit_id, seq, kind, amount_minor, acc_amount_minor, payment_id, invoice_id,"
MOVED += (
    " method, reference, moved_on, reverses_id, actor_kind, actor_label) VALUES ({}, 9, {}, NULL, '', '')"
)
# What a movement made by hand lacks beside what is attacked: its entry and its allocation.
BESIDES = ("deposit_moved_with_its_entry", "allocation_draw_is_laid")
HELD = "UPDATE deposit_deposit SET {} WHERE id = %(held)s"
KEEPS = ("deposit_sums_move_by_movements", "deposit_frozen_once_made", "deposit_deposit_transitions")

ATTACKS = [
    Attack("deposit_template_limits_hold_together", copied("deposit_template", "template", min_minor=60_000)),
    Attack(
        "deposit_template_valid_until_a_day_or_for_months",
        copied("deposit_template", "template", valid_until="2030-01-01", valid_months=3),
    ),
    Attack("deposit_series_once_per_entity_and_year", copied("deposit_series", "series")),
    Attack(
        "deposit_number_once_per_entity",
        copied("deposit_deposit", "asked", state="new"),
        also=("deposit_deposit_begins",),
    ),
    Attack("deposit_frozen_once_made", "UPDATE deposit_deposit SET amount_minor = 1 WHERE id = %(asked)s"),
    Attack(
        "deposit_begins_empty",
        copied("deposit_deposit", "held", number="X", state="new"),
        also=("deposit_deposit_begins", "deposit_state_is_what_moved"),
    ),  # fmt: skip
    Attack(
        "deposit_sums_move_by_movements",
        HELD.format("drawn_minor = 100"),
        also=("deposit_state_is_what_moved",),
    ),
    Attack(
        "deposit_sums_move_by_movements", HELD.format("state = 'hold'"), also=("deposit_state_is_what_moved",)
    ),
    Attack(
        "deposit_received_within_amount",
        HELD.format("received_minor = 10001"),
        also=(*KEEPS, "deposit_state_is_what_moved"),
    ),
    Attack(
        "deposit_never_below_zero",
        HELD.format("drawn_minor = 10001"),
        also=(*KEEPS, "deposit_state_is_what_moved", "deposit_worth_nothing_once_empty"),
    ),
    Attack(
        "deposit_worth_nothing_once_empty",
        HELD.format("drawn_minor = received_minor, state = 'used'"),
        also=KEEPS,
    ),
    Attack("deposit_state_is_what_moved", HELD.format("state = 'hold'"), also=KEEPS),
    # Never below zero, whatever is inserted: the trigger moves the sums, and the row refuses.
    Attack(
        "deposit_never_below_zero",
        MOVED.format("%(held)s", "'refund', -10001, -10001, NULL, NULL, 'cash', '', '2026-03-01'"),
        also=(*BESIDES, "deposit_state_is_what_moved", "deposit_worth_nothing_once_empty"),
    ),
    Attack(
        "deposit_movement_once_per_place",
        copied("deposit_movement", "refunded"),
        also=(*BESIDES, "deposit_moves_the_sums"),
    ),  # fmt: skip
    Attack(
        "deposit_movement_has_the_sign_of_its_kind",
        copied("deposit_movement", "refunded", seq=9, amount_minor=1, acc_amount_minor=1),
        also=(*BESIDES, "deposit_moves_the_sums"),
    ),
    Attack(
        "deposit_movement_names_where_its_money_is",
        copied("deposit_movement", "refunded", seq=9, method=""),
        also=(*BESIDES, "deposit_moves_the_sums"),
    ),
    Attack(
        "deposit_movement_worth_has_its_sign",
        copied("deposit_movement", "refunded", seq=9, acc_amount_minor=1),
        also=(*BESIDES, "deposit_moves_the_sums"),
    ),
    # One that was never asked for.
    Attack(
        "deposit_moves_the_sums",
        MOVED.format("%(prepared)s", "'fund', 1, 1, NULL, NULL, 'carried', '', '2026-03-01'"),
        also=BESIDES,
        refused_by="deposit_movement_fits_its_deposit",
    ),
    # A draw on another account's invoice.
    Attack(
        "deposit_moves_the_sums",
        MOVED.format("%(held)s", "'draw', -1, -1, NULL, %(stranger)s, '', '', '2026-03-01'"),
        also=BESIDES,
        refused_by="deposit_movement_fits_its_deposit",
    ),
    # Money that the account paid for its invoices.
    Attack(
        "deposit_moves_the_sums",
        MOVED.format("%(asked)s", "'fund', 12000, 12000, %(payment)s, NULL, '', '', '2026-03-01'"),
        also=BESIDES,
        refused_by="deposit_movement_fits_its_deposit",
    ),
    Attack(
        "deposit_moves_the_sums",
        MOVED.replace("NULL, '', '')", "%(refunded)s, '', '')").format(
            "%(over)s", "'refund', 5, 5, NULL, NULL, 'cash', '', '2026-03-01'"
        ),
        also=BESIDES,
        refused_by="deposit_reversal_mirrors",
    ),
    Attack(
        "deposit_payment_is_in_a_deposit",
        copied("payment_payment", "funding", origin_key=None, allocated_minor=0),
        also=("payment_recorded_with_its_entry",),
    ),
    Attack(
        "deposit_moved_with_its_entry",
        MOVED.format("%(held)s", "'refund', -10000, -10000, NULL, NULL, 'cash', '', '2026-03-01'"),
    ),
    Attack(
        "allocation_draw_is_laid",
        MOVED.format("%(held)s", "'draw', -100, -100, NULL, %(invoice)s, '', '', '2026-03-01'"),
        also=("deposit_moved_with_its_entry",),
    ),
    Attack(
        "allocation_laid_is_drawn",
        "INSERT INTO allocation_allocation (draw_id, invoice_id, amount_minor, allocated_on, actor_kind, actor_label)"
        " VALUES (%(draw)s, %(invoice)s, 1, '2026-03-01', '', '')",
        refused_by="allocation_draw_is_laid",
    ),
    Attack(
        "offer_deposit_not_negative",
        "INSERT INTO deposit_offerdeposit (offer_id, template_id, amount_minor, valid_from, actor_kind, actor_label)"
        " VALUES (%(offer)s, %(template)s, -1, '2026-03-01', '', '')",
    ),
    Attack("deposit_proposed_once_at_a_time", copied("deposit_proposal", "proposal")),
    Attack(
        "deposit_proposal_draws_on_an_invoice",
        copied("deposit_proposal", "proposal", kind="draw"),
    ),
    Attack(
        "deposit_proposal_dated_once_answered",
        "UPDATE deposit_proposal SET state = 'approved' WHERE id = %(proposal)s",
    ),
    Attack(
        "deposit_proposal_only_answered",
        "UPDATE deposit_proposal SET why = 'invoice_late' WHERE id = %(proposal)s",
    ),
    Attack("entry_once_per_movement", copied("ledger_entry", "entry"), also=("entry_balances",)),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """One deposit prepared, one asked for, one held, one drawn on and given back."""
    account = make_account()
    limits = Limits("Badge", "EUR", 1, 50_000)
    payment = make_payment(account)
    template = templates.define(ALL, account.legal_entity_id, limits)
    asked = {"amount_minor": 10_000, "requested_on": DAY}
    prepared = deposits.request_deposit(ALL, account.pk, template, is_draft=True, **asked)
    waiting, held, over = (deposits.request_deposit(ALL, account.pk, template, **asked) for _ in range(3))
    money = {"method": "cheque", "received_on": DAY, "reference": ""}
    funding = deposits.fund_deposit(ALL, held, amount_minor=10_000, **money)
    invoice = make_issued_invoice(account)
    with transaction.atomic():
        post_movement(movements.carry(over, 10_000, on=DAY, reference="", actor=CLERK))
    draw = deposits.draw_deposit(ALL, over, invoice.pk, 4_000, on=DAY)
    given = Given("cash", "", DAY)
    refunded = deposits.refund_deposit(ALL, over, given, despite_open=True)
    proposal = propose(Proposed(held, ProposalKind.REFUND, Why.VALIDITY_OVER), on=DAY, actor=CLERK)
    return {
        "proposal": proposal, "offer": make_offer().pk,
        "template": template, "series": Series.objects.get().pk, "prepared": prepared, "asked": waiting, "held": held,
        "over": over,
        "funding": funding, "payment": payment.pk, "invoice": invoice.pk, "stranger": make_issued_invoice().pk,
        "draw": draw, "refunded": refunded, "entry": Entry.objects.get(movement=refunded).pk,
    }  # fmt: skip


def test_the_story_is_what_it_says(story: dict[str, int]) -> None:
    assert Deposit.objects.get(pk=story["held"]).state == "locked"
    assert Movement.objects.get(pk=story["refunded"]).amount_minor == -6_000
    assert Payment.objects.get(pk=story["funding"]).allocated_minor == 10_000
