"""With triggers off and one value changed, the books name what no longer holds, and only that."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import psycopg
import pytest
from django.db import connection

from encaisse.allocation.operations import allocate, allocate_credit_note
from encaisse.archive.operations import keep
from encaisse.charge.operations.usage import rate_usage
from encaisse.deposit.operations.templates import define
from encaisse.deposit.rules import Limits
from encaisse.flows.books import ARCHIVE, CHAINS, check, invariants, names
from encaisse.flows.check_books import check_books
from encaisse.flows.deposits import draw_deposit, fund_deposit, request_deposit
from encaisse.flows.return_payment import return_payment
from encaisse.flows.take_payment import take_payment
from encaisse.insight.queries.books import books as last_check
from encaisse.ledger.operations import number_entries
from encaisse.party.models import BillingAccount
from tests import cluster
from tests.makers import (
    CLERK,
    MARCH,
    make_account,
    make_charge,
    make_credit_note,
    make_issued_invoice,
    make_payment,
    make_scope,
    make_subscription,
)
from tests.usage.stories import hold, make_meter, tell


class Lie(NamedTuple):
    """SQL that no guard would let through, and the invariants that then fail."""

    sql: str
    names: set[str]

    def __str__(self) -> str:
        """What pytest calls it."""
        return " ".join(self.sql.split())[:70]


INVOICE = "UPDATE invoice_invoice SET {} WHERE id = %(invoice)s"
LIES = [
    Lie("UPDATE charge_charge SET period_to = period_to + 31 WHERE kind = 'recurring'",
        {"charge.recurring_charges_fit_their_item"}),
    Lie("INSERT INTO subscription_item SELECT x.* FROM subscription_item r, LATERAL jsonb_populate_record(r,"
        " jsonb_build_object('id', 999 + r.id, 'starts_on', r.starts_on + 1)) x LIMIT 1",
        {"subscription.segments_of_a_position_never_overlap"}),
    Lie("INSERT INTO charge_charge SELECT x.* FROM charge_charge r, LATERAL jsonb_populate_record(r,"
        " jsonb_build_object('id', 999 + r.id, 'period_from', r.period_from + 1)) x WHERE r.kind = 'recurring'",
        {"charge.charged_periods_never_overlap", "invoice.charges_are_open_or_have_a_fate"}),
    Lie("INSERT INTO charge_charge SELECT x.* FROM charge_charge r, LATERAL jsonb_populate_record(r,"
        " jsonb_build_object('id', 999 + r.id, 'kind', 'credit', 'quantity', -r.quantity,"
        " 'unit_price', r.unit_price + 1, 'amount', -r.quantity * (r.unit_price + 1))) x WHERE r.kind = 'recurring'",
        {"charge.credits_within_what_they_give_back", "invoice.charges_are_open_or_have_a_fate"}),
    Lie("UPDATE charge_charge SET discount_percent = 1 WHERE kind = 'reversal'",
        {"charge.reversals_mirror_their_charges"}),
    Lie("INSERT INTO ledger_entry SELECT x.* FROM ledger_entry r, LATERAL jsonb_populate_record(r,"
        " jsonb_build_object('id', 999 + r.id, 'kind', 'opening')) x WHERE r.kind = 'invoice'",
        {"ledger.openings_are_what_was_open", "ledger.entries_balance"}),
    Lie("INSERT INTO billing_run (kind, state, paused_by, cutoff_date, issue_date, actor_kind, actor_label,"
        " payment_method, terms_kind, currency, country, on_suspect, on_reject, quarantined)"
        " VALUES ('mass', 'finished', '', '2026-02-01', '2026-02-01', 'user', '', '', '', '', '', 'quarantine',"
        " 'quarantine', 1)", {"judgement.quarantine_is_counted"}),
    Lie("DELETE FROM charge_unclaimed", {"invoice.charges_are_open_or_have_a_fate"}),
    Lie("DELETE FROM usage_waiting", {"charge.usage_waits_or_is_charged"}),
    Lie("UPDATE usage_event SET occurred_at = '2026-02-05' WHERE meter = 'sms'",
        {"charge.usage_is_charged_where_it_occurred"}),
    Lie("UPDATE charge_charge SET quantity = -2, amount = -2 * unit_price WHERE kind = 'credit'",
        {"charge.minimums_are_never_given_back_twice"}),
    Lie(INVOICE.format("net_minor = net_minor + 1, tax_minor = tax_minor - 1"),
        {"invoice.lines_add_up_to_net", "invoice.taxes_add_up_to_tax", "invoice.vat_bases_add_up_to_net"}),
    Lie("UPDATE invoice_invoicetax SET base_minor = 1 WHERE invoice_id = %(invoice)s",
        {"invoice.vat_bases_add_up_to_net", "ledger.vat_sums_add_up"}),
    Lie("UPDATE invoice_series SET last_number = last_number + 1 WHERE kind = 'invoice'",
        {"invoice.series_have_no_hole"}),
    Lie("UPDATE invoice_series SET last_link = '\\x00' WHERE kind = 'invoice'", {"invoice.series_have_no_hole"}),
    Lie(INVOICE.format("number = 'F2026-000009'"), {"invoice.numbers_fit_their_series"}),
    Lie(INVOICE.format("issue_date = '2027-01-01'"),
        {"invoice.dates_follow_numbers", "ledger.invoices_are_booked"}),
    Lie("UPDATE billing_claim SET share_minor = 1 WHERE line = %(line)s",
        {"invoice.claim_shares_add_up_to_lines", "invoice.charges_go_somewhere"}),
    Lie("UPDATE billing_claim SET line = 999999 WHERE line = %(line)s",
        {"invoice.billed_charges_fit_their_lines", "invoice.claim_shares_add_up_to_lines",
         "invoice.charges_go_somewhere"}),
    Lie("ALTER TABLE billing_claim DROP CONSTRAINT billing_claim_pkey;"
        "INSERT INTO billing_claim SELECT * FROM billing_claim WHERE line = %(line)s",
        {"invoice.charges_have_one_fate", "invoice.claim_shares_add_up_to_lines", "invoice.charges_go_somewhere"}),
    Lie("UPDATE invoice_invoice SET corrects_id = %(small)s WHERE kind = 'credit_note'",
        {"invoice.credit_notes_within_their_invoices"}),
    Lie("UPDATE invoice_line SET corrects_line = %(line)s WHERE invoice_id = %(small)s",
        {"invoice.corrections_are_exact"}),
    Lie("INSERT INTO invoice_instalment (invoice_id, position, due_date, amount_minor)"
        " VALUES (%(invoice)s, 1, '2026-01-31', 1)", {"invoice.instalments_add_up_to_payable"}),
    Lie("INSERT INTO billing_outcome (run_id, account_id, split, outcome, reason, facts, invoice_id)"
        " VALUES (1, %(account)s, 0, 'invoiced', '', '{}', %(invoice)s)",
        {"invoice.outcomes_agree_with_invoices"}),
    Lie("INSERT INTO document_document (invoice_id, kind, file_id, template) VALUES (%(invoice)s, 'facturx', 7, '')",
        {"document.documents_are_archived"}),
    Lie("UPDATE payment_payment SET currency = 'USD', accounting_currency = 'USD'",
        {"payment.payments_fit_their_account"}),
    Lie(INVOICE.format("settled_minor = 1"),
        {"allocation.settled_is_the_sum_of_allocations", "ledger.receivables_are_open_items"}),
    Lie("UPDATE payment_payment SET allocated_minor = 1 WHERE id = %(payment)s",
        {"allocation.allocated_is_the_sum_of_allocations", "ledger.receivables_are_open_items"}),
    Lie("UPDATE allocation_allocation SET amount_minor = 1 WHERE payment_id = %(payment)s",
        {"allocation.allocated_is_the_sum_of_allocations", "allocation.settled_is_the_sum_of_allocations"}),
    Lie("UPDATE payment_payment SET account_id = %(other)s WHERE id = %(payment)s",
        {"allocation.allocations_stay_on_one_account", "ledger.payments_are_booked",
         "payment.payments_fit_their_account"}),
    Lie("UPDATE deposit_movement SET amount_minor = amount_minor - 1 WHERE kind = 'fund'",
        {"deposit.deposits_are_their_movements", "allocation.allocated_is_the_sum_of_allocations"}),
    Lie("UPDATE deposit_deposit SET currency = 'MAD'",
        {"ledger.deposits_held_are_account_165", "ledger.exchange_differences_are_booked"}),
    Lie("DELETE FROM ledger_entry WHERE kind = 'deposit'",
        {"ledger.movements_of_deposits_are_booked", "ledger.deposits_held_are_account_165",
         "ledger.entities_balance", "ledger.day_sums_add_up"}),
    Lie("UPDATE ledger_posting SET amount_minor = amount_minor + 1 WHERE id = %(revenue)s",
        {"ledger.entries_balance", "ledger.entities_balance", "ledger.day_sums_add_up"}),
    Lie("DELETE FROM ledger_posting WHERE entry_id = %(entry)s",
        {"ledger.entries_balance", "ledger.invoices_are_booked", "ledger.receivables_are_open_items",
         "ledger.day_sums_add_up"}),
    Lie("DELETE FROM ledger_entry WHERE id = %(entry)s",
        {"ledger.entities_balance", "ledger.invoices_are_booked", "ledger.official_numbers_have_no_hole",
         "ledger.day_sums_add_up", "ledger.vat_sums_add_up"}),
    # As if the trigger postings_are_summed had not been there.
    Lie("UPDATE ledger_daysum SET debit_minor = debit_minor + 1 WHERE account_id ="
        " (SELECT id FROM ledger_account WHERE code = '512')", {"ledger.day_sums_add_up"}),
    # As if a step that posts had kept no sum.
    Lie("UPDATE ledger_vatsum SET due_minor = due_minor + 1 WHERE source = 'vat_collected'",
        {"ledger.vat_sums_add_up"}),
    Lie("UPDATE ledger_entry SET invoice_id = 999999 WHERE id = %(entry)s",
        {"ledger.invoices_are_booked", "ledger.vat_sums_add_up"}),
    Lie("UPDATE payment_payment SET state = 'received' WHERE state = 'returned'",
        {"ledger.payments_are_booked", "ledger.receivables_are_open_items"}),
    Lie("UPDATE party_legalentity SET chart = 'ZZ'", {"ledger.country_accounts_answer"}),
    Lie("UPDATE ledger_fecnumber SET number = 9 WHERE entry_id = %(entry)s", {"ledger.official_numbers_have_no_hole"}),
    Lie("UPDATE ledger_fecnumber SET year = 2025 WHERE entry_id = %(entry)s",
        {"ledger.official_numbers_have_no_hole"}),
    Lie("UPDATE ledger_collectedvat SET tax_minor = tax_minor + 1",
        {"ledger.collected_vat_is_booked", "ledger.vat_sums_add_up"}),
    Lie("UPDATE invoice_invoicetax SET deferred_minor = 0 WHERE invoice_id = %(waiting)s",
        {"ledger.collected_vat_is_booked", "ledger.vat_waits_for_payment",
         "ledger.vat_sums_add_up"}),
    Lie(INVOICE.format("deducted_minor = 1, payable_minor = payable_minor - 1"),
        {"invoice.advances_are_not_passed", "ledger.receivables_are_open_items"}),
    Lie("INSERT INTO invoice_advance SELECT %(invoice)s, min(id) FROM subscription_subscription;"
        "UPDATE subscription_subscription SET state = 'waiting';"
        "INSERT INTO subscription_condition (subscription_id, kind, met_on)"
        " SELECT min(id), 'advance', '2026-01-01' FROM subscription_subscription",
        {"invoice.contracts_begin_on_their_advance"}),
    Lie("UPDATE invoice_invoice SET kind = 'advance' WHERE id = %(invoice)s",
        {"ledger.advances_are_held", "invoice.numbers_fit_their_series"}),
    Lie("UPDATE ledger_entry SET kind = 'exchange' WHERE kind = 'payment_return'",
        {"ledger.exchange_differences_are_booked", "ledger.payments_are_booked"}),
    Lie("UPDATE ledger_posting SET account_id = (SELECT id FROM ledger_account WHERE code = '512')"
        " WHERE id = %(moved)s", {"ledger.vat_waits_for_payment", "ledger.collected_vat_is_booked",
         "ledger.day_sums_add_up"}),
]  # fmt: skip


@pytest.mark.parametrize("lie", LIES, ids=str)
def test_a_lie_is_named(lie: Lie, story: dict[str, int], superuser: psycopg.Connection) -> None:
    superuser.execute(lie.sql, story)

    broken = {one.name for one in invariants() if superuser.execute(one.text).fetchone()}
    assert broken == lie.names


def test_every_invariant_was_broken_once() -> None:
    assert set().union(*(lie.names for lie in LIES)) == {one.name for one in invariants()}


def test_the_books_of_an_honest_story_are_in_order(story: dict[str, int]) -> None:
    told: list[tuple[str, int, int]] = []

    assert check(progress=lambda *step: told.append(step)) == []

    steps = len(names())
    assert [(done, total) for _, done, total in told] == [(done, steps) for done in range(steps)]
    assert [sentence for sentence, _, _ in told[-2:]] == [CHAINS, ARCHIVE]
    assert told[0][0].endswith(".")


def test_a_file_that_went_missing_is_named(fresh_database: str, settings, tmp_path) -> None:
    settings.ARCHIVE_DIR = tmp_path
    keep(b"Facture", "application/pdf", dt.date(2037, 12, 31))
    assert check() == []

    next(path for path in tmp_path.rglob("*") if path.is_file()).unlink()

    (finding,) = check()
    assert (finding.name, finding.sentence) == ("archive.files_are_kept", ARCHIVE)
    assert [row[2] for row in finding.rows] == ["content_missing"]


def test_a_finding_shows_where_and_the_chain_its_first_broken_link(
    fresh_database: str, superuser: psycopg.Connection
) -> None:
    account = make_account()
    first, second, _ = (make_issued_invoice(account) for _ in range(3))
    superuser.execute(
        "UPDATE invoice_invoice SET acc_net_minor = 1, acc_tax_minor = acc_gross_minor - 1 WHERE id = %s",
        [second.pk],
    )
    superuser.commit()

    findings = {finding.name: finding for finding in check_books(actor=CLERK)}

    assert findings.keys() == {"invoice.lines_add_up_to_net", "invoice.taxes_add_up_to_tax", "invoice.chains"}
    lines = findings["invoice.lines_add_up_to_net"]
    assert lines.sentence == (
        "The lines of an invoice, less the discounts of the document, add up to its net amount, in both currencies."
    )
    assert lines.columns[:2] == ("invoice", "number")
    assert [row[:2] for row in lines.rows] == [(second.pk, second.number)]
    assert findings["invoice.chains"].rows == ((first.series_id, 2, second.number, "content"),)
    recorded = last_check(make_scope("read_ledger")).check.broken
    assert [(each.name, each.rows) for each in recorded] == [
        (name, tuple(tuple(map(str, row)) for row in finding.rows)) for name, finding in findings.items()
    ]


@pytest.fixture
def superuser() -> Iterator[psycopg.Connection]:
    """A connection for which no trigger fires; what it does not commit is undone."""
    url = cluster.address().url("postgres", connection.settings_dict["NAME"])
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as server:
        server.execute("SET session_replication_role = replica")
        yield server
        server.rollback()


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """Two invoices partly paid, one credited, a payment that was returned, a period charged, entries numbered."""
    account = make_account()
    invoice, small = make_issued_invoice(account, net="500"), make_issued_invoice(account)
    allocate_credit_note(make_credit_note(make_issued_invoice(account, net="250")).pk, actor=CLERK)
    payment, returned = make_payment(account, 20_000), make_payment(account)
    allocate(payment.pk, actor=CLERK)
    return_payment(returned.pk, returned_on=MARCH, actor=CLERK)
    _charge_a_period(account)
    _charge_usage(account)
    number_entries(legal_entity_id=account.legal_entity_id, year=2026)
    entry = invoice.entries.get()
    waiting = make_issued_invoice(deferred=["service"])
    take_payment(
        actor=CLERK, account_id=waiting.account_id, method="transfer", amount_minor=24_00, currency="EUR",
        received_on=MARCH, reference="VIR 2",
    )  # fmt: skip
    moved = waiting.entries.get(kind="vat_collected").postings.get(account__code="44574")
    _hold_a_deposit(account)
    return {
        "waiting": waiting.pk,
        "moved": moved.pk,
        "account": account.pk,
        "other": make_account().pk,
        "invoice": invoice.pk,
        "small": small.pk,
        "line": invoice.lines.get().pk,
        "payment": payment.pk,
        "entry": entry.pk,
        "revenue": entry.postings.get(account__code="706").pk,
    }


def _hold_a_deposit(account: BillingAccount) -> None:
    """100.00 received, of which 60.00 paid an invoice."""
    scope = make_scope("manage_deposits", "record_payment", "allocate", "refund_deposits")
    template = define(scope, account.legal_entity_id, Limits("Badge", "EUR", 1, 10_000))
    deposit = request_deposit(scope, account.pk, template, amount_minor=10_000, requested_on=MARCH)
    money = {"method": "transfer", "received_on": MARCH, "reference": "VIR 3"}
    fund_deposit(scope, deposit, amount_minor=10_000, **money)
    draw_deposit(scope, deposit, make_issued_invoice(account).pk, 6_000, on=MARCH)


def _charge_a_period(account: BillingAccount) -> None:
    item = make_subscription(account=account)
    item.billed_through = dt.date(2026, 2, 1)
    item.save(update_fields=["billed_through"])
    period = {"period_from": dt.date(2026, 1, 1), "period_to": dt.date(2026, 2, 1)}
    make_charge(account=account, kind="recurring", item=item, product=item.offer.product, **period)


def _charge_usage(account: BillingAccount) -> None:
    """A month with a minimum of 10.00, of which late usage of 9.50 gives back all but 0.50; an event waits."""
    item = hold(make_meter(unit_price=Decimal(1), period_minimum=Decimal(10)), account=account)
    due = {"first_account": account.pk, "last_account": account.pk, "cutoff_date": dt.date(2026, 2, 1)}
    for used in ("0", "9.50"):
        tell(item, ("2026-01-05", used))
        rate_usage(legal_entity_id=account.legal_entity_id, **due)
    tell(item, ("2026-02-05", "1"))
