"""Every table is placed, and every guard is attacked somewhere: a guard that nobody misses guards nothing.

The generated guards (`encaisse.kernel.guards`) are attacked once for all on scratch tables, in
`tests/kernel/test_guards.py`; here the catalogue says which tables they stand on. What a package guards by a trigger
or a constraint of its own must be named by an attack of that package's tests.
"""

import re

import pytest
from django.apps import apps
from django.db.models import CheckConstraint, UniqueConstraint

from tests.architecture import catalogue, source

pytestmark = pytest.mark.django_db

ONLY_GROW = {
    "allocation_allocation", "archive_file", "catalog_advancerule",
    "catalog_pricetier", "charge_charge", "charge_chargeusage",
    "currency_exchangerate", "deposit_movement", "deposit_offerdeposit",
    "document_check", "document_design", "document_document", "document_failure", "document_logo", "document_template",
    "intake_row", "invoice_advance", "invoice_allowance",
    "invoice_deduction", "invoice_instalment", "invoice_invoicetax", "invoice_line",
    "judgement_finding",
    "kernel_event", "kernel_start", "ledger_collectedvat", "ledger_entry",
    "ledger_fecnumber", "ledger_mapping", "ledger_posting", "party_buyerreference",
    "party_customerchange", "party_identity", "tax_choice", "tax_component", "tax_numbercheck",
    "subscription_event", "takeover_credit", "takeover_origin", "takeover_settlement", "tax_regime", "usage_event",
}  # fmt: skip
NEVER_GO = {
    "access_apikey",
    "billing_chunk", "billing_cycle", "billing_run", "catalog_offer", "catalog_priceversion", "catalog_product",
    "delivery_delivery", "deposit_deposit", "deposit_proposal", "deposit_series", "deposit_template", "intake_batch",
    "invoice_invoice", "invoice_series", "judgement_quarantine", "judgement_rule",
    "kernel_job", "kernel_jobitem", "kernel_schedule",
    "kernel_outboxmessage", "ledger_account", "party_billingaccount",
    "party_category", "party_customer", "party_legalentity", "payment_payment",
    "subscription_condition", "subscription_item", "subscription_subscription",
    "tax_rule", "tax_tax", "webhook_endpoint",
}  # fmt: skip
# Rows that may go as long as nothing refers to them, which an ordinary foreign key sees to.
MAY_GO = {
    "access_recoverycode": "replaced with the others, or given up with the second factor",
    "access_answer": "nobody asks again after a day",
    "access_lease": "written anew each minute, and lost by a crash",
    "access_role": "referred to by its users",
    "access_savedview": "forgotten with the openings that refer to it",
    "access_openingview": "nobody refers to it",
    "access_secondfactor": "given up or reset, which an event tells",
    "access_user": "deactivated, while events keep their own copy of the name",
    "billing_claim": "the charges of a cancelled draft are open again",
    "billing_cyclemember": "an account leaves its cycle",
    "billing_documentdiscount": "documents keep what they say of it",
    "billing_outcome": "written once a run, whose rows never go",
    "billing_trial": "nobody refers to it",
    "catalog_offerinclusion": "read when a contract begins, which then holds items of its own",
    "ledger_daysum": "folded into one for each day, account and journal",
    "ledger_vatsum": "folded into one for each day, source, rate and account",
    "document_templatedraft": "what becomes of it is a version of its own",
    "intake_mapping": "another takes its place, and files keep the one that they were read by",
    "intake_upload": "nobody refers to it",
    "ledger_countryaccount": "what an account is called in a country: postings name the account itself",
    "ledger_cutoff": "computed anew, with its lines",
    "ledger_cutoffline": "goes with its cut-off",
    "party_contact": "nobody refers to it",
    "party_group": "referred to by its reps",
    "party_recipient": "nobody refers to it",
    "party_rep": "referred to by customers and users",
    "tag_tag": "made by its first use, and referred to by what bears it",
    "tag_tagged": "a tag is taken off a document, which an event tells",
    "webhook_attempt": "forgotten with its message",
    "webhook_message": "forgotten some months after it ended",
    "charge_unclaimed": "a charge is open only until it is claimed",
    "usage_waiting": "an event waits only until it is charged",
}
GENERATED = re.compile(
    r"_(append_only|never_goes)(_whole|_rekeyed)?$|_(transitions|begins)$|_references(_updated)?$"
)


def test_every_table_is_placed() -> None:
    tables = {model._meta.db_table for model in _models()}

    assert tables == ONLY_GROW | NEVER_GO | set(MAY_GO)


@pytest.mark.parametrize(("name", "placed"), [("append_only", ONLY_GROW), ("never_goes", NEVER_GO)])
def test_the_database_keeps_each_table_in_its_place(name, placed) -> None:
    guarded = {each.table for each in catalogue.triggers() if each.name == f"{each.table}_{name}"}

    assert guarded & {model._meta.db_table for model in _models()} == placed


def test_every_trigger_is_on() -> None:
    assert catalogue.disabled() == []


def test_every_guard_of_a_package_is_attacked_by_name() -> None:
    attacks = _attacks()
    names = {each.name for each in catalogue.triggers() if not GENERATED.search(each.name)}
    names |= {
        constraint.name
        for model in _models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint | UniqueConstraint)
    }

    assert {name for name in names if name not in attacks} == set()


def test_no_check_is_undecided() -> None:
    """SQL lets a row by when a check is neither true nor false, as it is of a missing value."""
    loose = {
        name: rows
        for table, name, expression, columns in catalogue.checks()
        if (rows := catalogue.undecided(table, expression, columns))
    }

    assert loose == {}


def _models() -> list[type]:
    return [model for model in apps.get_models() if model.__module__.startswith("encaisse.")]


def _attacks() -> set[str]:
    """Every word that some other test writes down."""
    texts = [
        path.read_text() for path in (source.ROOT / "tests").rglob("*.py") if path.name != "test_schema.py"
    ]
    return {word for text in texts for word in re.findall(r"[a-z]\w+", text)}
