"""What stands upstream of invoices, and around them, under attack by raw SQL: one story, attacked as a whole."""

import datetime as dt

import pytest

from encaisse.access.models import Role, User
from encaisse.archive.models import File
from encaisse.billing.models import Chunk
from encaisse.charge.models import Charge
from encaisse.delivery.models import Delivery
from encaisse.document.models import Check, Document
from encaisse.intake.models import Batch, Row
from encaisse.invoice.models import Invoice
from encaisse.ledger.models import CutOffLine
from encaisse.ledger.operations import keep_cut_off
from encaisse.ledger.rules import Cut
from encaisse.party.models import BillingAccount, Recipient
from encaisse.tax.models import Rule
from tests.flows.stories import bill, seller
from tests.guards import Attack, assert_guarded, copied
from tests.makers import (
    CLERK,
    make_account,
    make_buyer_reference,
    make_charge,
    make_issued_invoice,
    make_price,
    make_subscription,
    make_tax,
)

COUNTRY = "INSERT INTO ledger_countryaccount (chart, listed, code, name_fr, name_en) VALUES ('MA', {});"

HASH = "0" * 64
DAY = dt.date(2026, 1, 31)
ATTACKS = [
    # Parties
    Attack("identity_has_a_name", copied("party_identity", "identity", name="")),
    Attack("identity_siren_is_nine_digits", copied("party_identity", "identity", siren="73282932A")),
    Attack("identity_siret_is_14_digits", copied("party_identity", "identity", siret="7328293200007")),
    Attack("identity_ice_is_15_digits", copied("party_identity", "identity", ice="00999000100000")),
    Attack("legal_entity_keeps_its_chart", "UPDATE party_legalentity SET chart = 'MA' WHERE id = %(entity)s"),
    Attack("identity_country_is_iso", copied("party_identity", "identity", country="fr")),
    Attack(
        "legal_entity_prefixes_are_allowed_in_numbers",
        "UPDATE party_legalentity SET invoice_prefix = 'F n°' WHERE id = %(entity)s",
    ),
    Attack(
        "billing_key_names_one_account_of_a_customer",
        copied("party_billingaccount", "account", reference="B-other"),
    ),
    Attack(
        "terms_days_not_negative", "UPDATE party_billingaccount SET terms_days = -1 WHERE id = %(account)s"
    ),
    Attack("terms_day_iff_on_a_day", "UPDATE party_billingaccount SET terms_day = 10 WHERE id = %(account)s"),
    Attack(
        "terms_day_iff_on_a_day",
        "UPDATE party_billingaccount SET terms_kind = 'end_of_month_on_day' WHERE id = %(account)s",
    ),
    Attack(
        "account_keeps_its_entity_and_currency",
        "UPDATE party_billingaccount SET currency = 'XOF' WHERE id = %(account)s",
    ),
    Attack(
        "account_keeps_its_entity_and_currency",
        "UPDATE party_billingaccount SET legal_entity_id = %(other_entity)s WHERE id = %(account)s",
    ),
    Attack(
        "terms_plan_iff_instalments",
        "UPDATE party_billingaccount SET terms_kind = 'instalments', terms_plan = '100' WHERE id = %(account)s",
    ),
    Attack(
        "terms_plan_iff_instalments",
        "UPDATE party_billingaccount SET terms_plan = '100 on_receipt' WHERE id = %(account)s",
    ),
    Attack(
        "required_reference_is_an_order_or_a_buyer_s",
        "UPDATE party_billingaccount SET requires_reference = 'both' WHERE id = %(account)s",
    ),
    Attack(
        "month_end_is_read_one_way_or_the_other",
        "UPDATE party_legalentity SET month_end_reading = 'both' WHERE id = %(entity)s",
    ),
    Attack("buyer_reference_once_per_account", copied("party_buyerreference", "buyer_reference")),
    Attack(
        "buyer_reference_says_something",
        copied("party_buyerreference", "buyer_reference", order_reference=""),
    ),
    Attack(
        "buyer_reference_is_short_and_trimmed",
        copied("party_buyerreference", "buyer_reference", order_reference="4" * 51),
    ),
    Attack(
        "buyer_reference_is_short_and_trimmed",
        copied("party_buyerreference", "buyer_reference", buyer_reference=" SRV"),
    ),
    Attack(
        "account_bears_a_reference_of_its_own",
        "UPDATE party_billingaccount SET buyer_reference_id = %(others_reference)s WHERE id = %(account)s",
    ),
    Attack("recipient_once_per_account", copied("party_recipient", "recipient")),
    Attack(
        "user_email_is_lower_case",
        "UPDATE access_user SET email = 'Ada@encaisse.example' WHERE id = %(user)s",
    ),
    # What is sold, and what is added
    Attack("component_position_once_per_tax", copied("tax_component", "component")),
    Attack("component_rate_is_a_percentage", copied("tax_component", "component", position=2, rate=100)),
    Attack("country_account_listed_once", COUNTRY.format("'706', '7124', 'a', 'a'") * 2),
    Attack("country_account_is_digits", COUNTRY.format("'706', '71-24', 'a', 'a'")),
    Attack("country_account_has_names", COUNTRY.format("'706', '7124', '', 'a'")),
    Attack("tax_without_vat_says_why", "UPDATE tax_tax SET category = 'E' WHERE id = %(tax)s"),
    Attack("rule_gives_a_tax_or_refuses", copied("tax_rule", "rule", refusal="unknown_tax")),
    # Runs
    Attack("chunk_once_per_run", copied("billing_chunk", "chunk", state="planned")),
    Attack(
        "charge_period_is_whole",
        copied("charge_charge", "charge", period_from="2026-01-01", period_to=None),
    ),
    Attack(
        "entries_are_checked",
        "INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)"
        " VALUES (%(other_entity)s, 'OD', 'invoice', '2026-02-01', %(draft)s)",
        refused_by="entry_balances",
    ),
    Attack("tax_position_once_per_invoice", copied("invoice_invoicetax", "draft_tax")),
    # Imports
    Attack("row_once_per_batch", copied("intake_row", "row")),
    Attack("row_has_errors_iff_refused", copied("intake_row", "row", number=3, outcome="refused")),
    Attack("batch_frozen_once_done", "UPDATE intake_batch SET refused_count = 1 WHERE id = %(batch)s"),
    # Cut-offs
    Attack("cut_off_once_per_entity_and_day", copied("ledger_cutoff", "cut_off")),
    Attack("cut_off_line_once", copied("ledger_cutoffline", "cut_off_line")),
    # Files on their way
    Attack("file_hash_is_sha256", copied("archive_file", "file", sha256="0" * 63)),
    Attack("file_is_not_empty", copied("archive_file", "file", sha256="1" * 64, size_bytes=0)),
    Attack("document_once_per_invoice_and_kind", copied("document_document", "document")),
    Attack("check_once_per_document_and_rules", copied("document_check", "check")),
    Attack("check_failed_by_an_assert", copied("document_check", "check", rules="2", verdict="failed")),
    Attack("delivery_once_per_address", copied("delivery_delivery", "delivery")),
    Attack("delivery_dated_iff_sent", "UPDATE delivery_delivery SET sent_at = now() WHERE id = %(delivery)s"),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """One row of everything: an account with a contract, an issued invoice on its way, and a draft."""
    entity = seller()
    account = make_account(legal_entity=entity, key="SIEGE")
    item = make_subscription(make_price(), account=account)
    tax = make_tax()
    invoice = make_issued_invoice(make_account(legal_entity=make_account().legal_entity))
    make_charge(account=make_account(legal_entity=entity))
    run_id = bill(entity, issue=False)
    return (
        {
            "entity": entity.pk,
            "other_entity": invoice.legal_entity_id,
            "identity": account.identity_id,
            "account": account.pk,
            "buyer_reference": make_buyer_reference(account).pk,
            "others_reference": make_buyer_reference(invoice.account).pk,
            "recipient": Recipient.objects.create(account=account, address="compta@client.example").pk,
            "item": item.pk,
            "subscription": item.subscription_id,
            "tax": tax.pk,
            "component": tax.components.get().pk,
            "rule": Rule.objects.create(seller_country="FR", tax=tax).pk,
        }
        | _cut_off(account)
        | _people()
        | _import()
        | _file(invoice)
        | _draft(run_id)
    )


def _cut_off(account: BillingAccount) -> dict[str, int]:
    cut = Cut(0, "", DAY, account.pk, "", 1, "", "", "", "", "706", "", "", None, None, 100, 50)
    made = keep_cut_off(account.legal_entity_id, DAY, "EUR", {"418": [cut]}, actor=CLERK)
    return {"cut_off": made, "cut_off_line": CutOffLine.objects.get().pk}


def _people() -> dict[str, int]:
    role = Role.objects.create(code="clerk-of-the-story", name="Clerk", level="everything")
    return {"user": User.objects.create(email="ada@encaisse.example", name="Ada", role=role).pk}


def _import() -> dict[str, int]:
    batch = Batch.objects.create(kind="customers", file_name="clients.csv", sha256=HASH, actor_kind="user")
    row = Row.objects.create(batch=batch, number=2, outcome="created", record={"code": "C1"})
    Batch.objects.filter(pk=batch.pk).update(state="done")
    return {"batch": batch.pk, "row": row.pk}


def _file(invoice) -> dict[str, int]:
    file = File.objects.create(
        sha256=HASH, size_bytes=1, media_type="application/pdf", keep_until="2037-01-01"
    )
    document = Document.objects.create(invoice=invoice, file=file, template="1")
    delivery = Delivery.objects.create(document=document, address="compta@client.example")
    check = Check.objects.create(document=document, rules="1", verdict="passed")
    return {"file": file.pk, "document": document.pk, "delivery": delivery.pk, "check": check.pk}


def _draft(run_id: int) -> dict[str, int]:
    draft = Invoice.objects.filter(run_id=run_id).order_by("id").first()
    return {
        "chunk": Chunk.objects.filter(run_id=run_id).first().pk,
        "charge": Charge.objects.filter(kind="manual").first().pk,
        "draft": draft.pk,
        "draft_tax": draft.taxes.first().pk,
    }
