"""Issued invoices, their series and their lines under attack by raw SQL."""

import pytest

from encaisse.flows.credit_invoice import credit_in_full
from encaisse.invoice.models import Invoice, Line, Series
from tests.flows.stories import ACTOR, FIRST_OF_FEBRUARY, bill, seller
from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_account, make_charge

FREEZE = "invoice_frozen_once_issued"
CONTENT = "invoice_content_frozen"
ISSUE = """
    UPDATE invoice_invoice SET state = 'issued', series_id = %(series)s, sequence = {sequence},
           number = 'F2026-{sequence:06}', issue_date = '2026-02-01', due_date = '2026-03-03', link = 'x',
           issued_at = now()
     WHERE id = %(draft)s
"""
BOOK = """
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'VE', 'invoice', '2026-02-01', id FROM invoice_invoice WHERE id = %(draft)s;
    INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
    SELECT currval('ledger_entry_id_seq'), id, 0 FROM ledger_account WHERE code IN ('411', '706');
"""
ALLOW = """
    INSERT INTO invoice_allowance
           (invoice_id, position, tax_id, percent, base_minor, amount_minor, acc_amount_minor, reason)
    SELECT invoice_id, 1, {tax}, {percent}, 1000, 100, 100, {reason} FROM invoice_invoicetax WHERE id = %({of})s;
"""


def allow(of: str = "draft_tax", tax: str = "tax_id", percent: str = "10", reason: str = "'Remise'") -> str:
    """SQL that adds a discount of the document to the invoice of a tax."""
    return ALLOW.format(of=of, tax=tax, percent=percent, reason=reason)


UNISSUED = {
    "state": "approved", "settled_minor": 0, "series_id": None, "sequence": None, "number": None, "issued_at": None,
    "link": None, "issue_date": None, "due_date": None,
}  # fmt: skip
TAKE = """
    INSERT INTO invoice_line SELECT x.* FROM invoice_line r, LATERAL jsonb_populate_record(r, jsonb_build_object(
        'id', nextval('invoice_line_id_seq'), 'invoice_id', currval('invoice_invoice_id_seq'), {changes})) x
     WHERE r.id = %(note_line)s;
"""


def take(changes: str, **note: object) -> str:
    """SQL that makes another credit note like the story's, with a line that takes something back."""
    return copied("invoice_invoice", "note", **UNISSUED | note) + TAKE.format(changes=changes)


ADVANCE = "UPDATE invoice_series SET last_number = {n}, last_link = 'x' WHERE id = %(series)s;"


def instalment(*, of: str = "draft", amount: str = "100") -> str:
    """SQL that makes an amount of a document due on a day."""
    return (
        "INSERT INTO invoice_instalment (invoice_id, position, due_date, amount_minor)"
        f" VALUES (%({of})s, 1, '2026-03-03', {amount});"
    )


ATTACKS = [
    Attack(FREEZE, "UPDATE invoice_invoice SET gross_minor = 1, net_minor = 1, tax_minor = 0, payable_minor = 1,"
           " acc_gross_minor = 1, acc_net_minor = 1, acc_tax_minor = 0 WHERE id = %(invoice)s", also=(CONTENT,)),
    Attack(FREEZE, "UPDATE invoice_invoice SET due_date = '2027-01-01' WHERE id = %(invoice)s"),
    Attack(FREEZE, "UPDATE invoice_invoice SET number = 'F2026-000009' WHERE id = %(invoice)s",
           also=("invoice_stands_in_its_series",)),
    Attack(CONTENT, "UPDATE invoice_invoice SET reason = 'autre' WHERE id = %(draft)s"),
    Attack("invoice_invoice_transitions", "UPDATE invoice_invoice SET state = 'draft' WHERE id = %(draft)s"),
    Attack("invoice_invoice_transitions", "UPDATE invoice_invoice SET state = 'cancelled', number = NULL,"
           " issued_at = NULL, series_id = NULL, sequence = NULL, link = NULL WHERE id = %(invoice)s", also=(FREEZE,)),
    Attack("invoice_invoice_begins",
           copied("invoice_invoice", "draft", run_id=None, state="cancelled")),
    Attack("invoice_invoice_never_goes", "DELETE FROM invoice_invoice WHERE id = %(draft)s"),
    Attack("invoice_invoice_never_goes_rekeyed", "UPDATE invoice_invoice SET id = 9000000 WHERE id = %(draft)s",
           refused_by="invoice_invoice_never_goes"),
    Attack("invoice_invoice_references", copied("invoice_invoice", "draft", run_id=None, account_id=9_000_000)),
    Attack("invoice_invoice_references", copied("invoice_invoice", "draft", run_id=None, buyer_identity_id=9_000_000)),
    Attack("invoice_invoice_references",
           copied("invoice_invoice", "draft", run_id=None, buyer_reference_id=9_000_000)),
    Attack("invoice_one_per_run_account_and_split", copied("invoice_invoice", "draft")),
    Attack("invoice_gross_is_net_plus_tax",
           copied("invoice_invoice", "draft", run_id=None, gross_minor=1, payable_minor=1)),
    Attack("invoice_acc_gross_is_net_plus_tax", copied("invoice_invoice", "draft", run_id=None, acc_gross_minor=1)),
    Attack("invoice_payable_is_gross_less_deducted", copied("invoice_invoice", "draft", run_id=None, payable_minor=1)),
    Attack("invoice_sign_fits_its_kind",
           copied("invoice_invoice", "note", kind="invoice", **UNISSUED)),
    Attack("credit_note_says_what_it_corrects", copied("invoice_invoice", "note", corrects_id=None, **UNISSUED)),
    Attack("invoice_rate_is_one_or_recorded", copied("invoice_invoice", "draft", run_id=None, rate=2)),
    Attack("invoice_numbered_and_dated_iff_issued",
           "UPDATE invoice_invoice SET number = 'F2026-000009' WHERE id = %(draft)s"),
    Attack("invoice_in_a_series_iff_issued_here",
           "UPDATE invoice_invoice SET series_id = %(series)s WHERE id = %(draft)s"),
    Attack("invoice_issued_with_its_entry", ADVANCE.format(n=3) + ISSUE.format(sequence=3)),
    Attack("invoice_stands_in_its_series", BOOK + ISSUE.format(sequence=3)),
    Attack("invoice_stands_in_its_series",
           BOOK + ADVANCE.format(n=3) + ISSUE.format(sequence=3).replace("F2026-000003", "F2026-000004")),
    Attack("invoice_sequence_once_per_series", BOOK + ISSUE.format(sequence=2)),
    Attack("series_prefix_once_per_entity_and_kind",
           copied("invoice_series", "series", period="2031", last_number=0, last_issue_date=None, last_link="")),
    Attack("series_prefix_ends_with_a_dash",
           copied("invoice_series", "series", period="2031", prefix="F2031", last_number=0, last_issue_date=None,
                  last_link="")),
    Attack("series_moves_forward", "UPDATE invoice_series SET prefix = 'F-' WHERE id = %(series)s"),
    Attack("series_has_no_hole", ADVANCE.format(n=9)),
    Attack("series_has_no_hole", BOOK + ADVANCE.format(n=4) + ISSUE.format(sequence=4)),
    Attack("series_moves_forward", "UPDATE invoice_series SET last_number = 1 WHERE id = %(series)s",
           also=("series_has_no_hole",)),
    Attack("series_moves_forward", "UPDATE invoice_series SET last_issue_date = '2025-01-01' WHERE id = %(series)s"),
    Attack("series_begins_empty", copied("invoice_series", "series", period="2031", prefix="F2031-")),
    Attack("series_once_per_period",
           copied("invoice_series", "series", prefix="G2026-", last_number=0, last_issue_date=None, last_link="")),
    Attack("invoice_series_never_goes", "DELETE FROM invoice_series WHERE id = %(series)s"),
    Attack("invoice_line_append_only", "UPDATE invoice_line SET label = 'autre' WHERE invoice_id = %(invoice)s"),
    Attack("invoice_line_append_only", "DELETE FROM invoice_line WHERE invoice_id = %(invoice)s"),
    Attack("invoice_line_append_only_whole", "TRUNCATE invoice_line", refused_by="invoice_line_append_only",
           role="encaisse_owner"),
    Attack("invoice_invoicetax_append_only", "UPDATE invoice_invoicetax SET tax_minor = 1"),
    Attack("invoice_invoicetax_append_only_whole", "TRUNCATE invoice_invoicetax CASCADE",
           also=("invoice_deduction_append_only_whole",),
           refused_by="invoice_invoicetax_append_only", role="encaisse_owner"),
    Attack("invoice_allowance_append_only", allow() + "UPDATE invoice_allowance SET amount_minor = 1"),
    Attack("invoice_allowance_append_only_whole", "TRUNCATE invoice_allowance",
           refused_by="invoice_allowance_append_only", role="encaisse_owner"),
    Attack("allowance_joins_an_open_invoice", allow(of="tax"), refused_by=FREEZE),
    Attack("invoice_allowance_references", allow(tax="9000000")),
    Attack("allowance_position_once_per_invoice", allow() + allow()),
    Attack("allowance_is_a_percentage", allow(percent="101")),
    Attack("allowance_says_why", allow(reason="''")),
    Attack("invoice_allowance_fits_its_kind", copied("invoice_invoice", "draft", run_id=None, allowance_minor=-1)),
    Attack("tax_deferred_within_tax", copied("invoice_invoicetax", "draft_tax", position=9, deferred_minor=2001)),
    Attack("tax_deferred_within_tax", copied("invoice_invoicetax", "draft_tax", position=9, deferred_minor=-1)),
    Attack("instalment_is_positive", instalment(amount="0")),
    Attack("instalment_position_once_per_invoice", instalment() + instalment()),
    Attack("instalment_joins_an_open_invoice", instalment(of="invoice"), refused_by=FREEZE),
    Attack("invoice_instalment_append_only", instalment() + "UPDATE invoice_instalment SET due_date = '2030-01-01'"),
    Attack("line_joins_an_open_invoice", copied("invoice_line", "line", position=9), refused_by=FREEZE),
    Attack("tax_joins_an_open_invoice", copied("invoice_invoicetax", "tax", position=9), refused_by=FREEZE),
    Attack("line_net_is_gross_less_discount",
           copied("invoice_line", "draft_line", position=9, net_minor=1)),
    Attack("line_position_once_per_invoice", copied("invoice_line", "draft_line")),
    Attack("invoice_line_references", copied("invoice_line", "draft_line", position=9, product_id=9_000_000)),
    Attack("corrections_within_their_line", take("'position', 1")),
    Attack("corrections_within_their_line",
           take("'corrects_line', %(line)s::bigint, 'net_minor', -10001, 'gross_minor', -10001"),
           also=("correction_fits_its_line",)),
    Attack("corrections_within_their_line",
           take("'corrects_line', %(line)s::bigint, 'net_minor', 1, 'gross_minor', 1"),
           also=("correction_fits_its_line",)),
    Attack("correction_fits_its_line", take("'corrects_line', %(line)s::bigint")),
    Attack("correction_fits_its_line", take("'corrects_line', 9000000")),
    Attack("correction_fits_its_line", take("'corrects_line', %(draft_line)s::bigint")),
    Attack("correction_fits_its_line", take("'product_id', %(product)s::bigint"),
           also=("corrections_within_their_line",)),
    Attack("correction_fits_its_line",
           take("'net_minor', 0, 'gross_minor', 0, 'corrects_line', %(note_line)s::bigint")),
    Attack("run_replaces_an_invoice", copied("billing_run", "run", kind="manual", state="new", replaces=9_000_000),
           refused_by="billing_run_references"),
    Attack("run_replaces_an_invoice_updated",
           "UPDATE billing_run SET kind = 'manual', replaces = 9000000 WHERE id = %(run)s",
           refused_by="billing_run_references"),
    Attack("run_replaces_by_hand", "UPDATE billing_run SET replaces = %(invoice)s WHERE id = %(run)s"),
    Attack("invoice_invoicetax_references", copied("invoice_invoicetax", "draft_tax", position=9, tax_id=9_000_000)),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """An issued invoice, a credited one, its credit note, and a draft."""
    entity = seller()
    for _ in range(2):
        make_charge(account=make_account(legal_entity=entity))
    invoice, other = Invoice.objects.filter(run_id=bill(entity)).order_by("id")
    note_id = credit_in_full(other.pk, reason="Doublon", actor=ACTOR, issue_date=FIRST_OF_FEBRUARY)
    make_charge(account=make_account(legal_entity=entity))
    draft = Invoice.objects.get(run_id=bill(entity, issue=False))

    return {
        "invoice": invoice.pk,
        "note": note_id,
        "draft": draft.pk,
        "series": Series.objects.get(legal_entity=entity, kind="invoice").pk,
        "line": invoice.lines.get().pk,
        "tax": invoice.taxes.get().pk,
        "draft_line": draft.lines.get().pk,
        "draft_tax": draft.taxes.get().pk,
        "note_line": Line.objects.get(invoice_id=note_id).pk,
        "product": draft.lines.get().product_id,
        "run": draft.run_id,
    }
