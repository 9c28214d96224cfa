"""The VAT of what is sold, from its invoice to the day on which it is due. Every amount was worked out by hand."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from lxml import etree

from encaisse.allocation.models import Allocation
from encaisse.allocation.operations import allocate
from encaisse.document.cii import invoice_xml
from encaisse.document.mentions import reasons
from encaisse.document.queries.contents import issued
from encaisse.document.wording import wording
from encaisse.flows.books import check
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.flows.return_payment import return_payment
from encaisse.flows.settle import settle_with_payment, take_back
from encaisse.flows.take_payment import take_payment
from encaisse.invoice.models import Invoice, InvoiceTax
from encaisse.ledger.models import CollectedVat, Entry, Posting
from encaisse.ledger.operations import export_fec
from encaisse.tax.operations import choose_regime
from tests.document.test_cii import official_faults
from tests.flows.stories import FIRST_OF_FEBRUARY, bill, rule, seller
from tests.makers import CLERK, make_account, make_charge, make_payment, make_product, make_scope, make_tax

pytestmark = pytest.mark.django_db
TENTH_OF_MARCH = dt.date(2026, 3, 10)
SCOPE = make_scope("allocate")


def on_receipts(**classes):
    """An account of a seller whose services are on receipts, unless told, and what it sells by tax class."""
    entity = seller()
    for tax_class, due_on in (classes or {"service": "receipts"}).items():
        choose_regime(entity.pk, tax_class=tax_class, due_on=due_on, actor=CLERK)
    return make_account(legal_entity=entity)


def invoiced(account, *sold, on=FIRST_OF_FEBRUARY):
    """The account's invoice of these net amounts, each of a tax class."""
    for net, tax_class in sold:
        product = make_product(tax_class=tax_class)
        make_charge(account=account, product=product, unit_price=Decimal(net))
    bill(account.legal_entity, on=on)
    return Invoice.objects.filter(account=account).latest("pk")


def paid(account, amount, on=TENTH_OF_MARCH):
    """A transfer, laid on what is open."""
    return take_payment(
        actor=CLERK, account_id=account.pk, method="transfer", amount_minor=round(Decimal(amount) * 100),
        currency="EUR", received_on=on, reference="VIR",
    )  # fmt: skip


def vat(invoice):
    """What is due of its VAT and what waits, in cents, as the accounts have it."""
    posted = Posting.objects.filter(entry__invoice=invoice)
    return tuple(
        -sum(posted.filter(account__code=code).values_list("amount_minor", flat=True))
        for code in ("44571", "44574")
    )


def moves(invoice):
    """What each collection moved from waiting to due, in order."""
    of_invoice = CollectedVat.objects.filter(entry__invoice=invoice).order_by("pk")
    return list(of_invoice.values_list("tax_minor", flat=True))


def test_on_debits_vat_is_due_at_issue_and_payments_move_none():
    account = make_account(legal_entity=seller())
    invoice = invoiced(account, ("1000", "service"))

    assert vat(invoice) == (200_00, 0)

    paid(account, 300)

    assert vat(invoice) == (200_00, 0)
    assert not Entry.objects.filter(kind="vat_collected").exists()
    assert check() == []


def test_on_receipts_300_of_1200_make_50_due_and_leave_150_waiting():
    account = on_receipts()
    invoice = invoiced(account, ("1000", "service"))

    assert vat(invoice) == (0, 200_00)

    paid(account, 300)

    assert vat(invoice) == (50_00, 150_00)
    entry = Entry.objects.get(kind="vat_collected")
    assert (entry.journal, entry.date, entry.invoice) == ("OD", TENTH_OF_MARCH, invoice)
    assert list(entry.postings.order_by("pk").values_list("account__code", "amount_minor")) == [
        ("44574", 50_00),
        ("44571", -50_00),
    ]
    assert check() == []


def test_100_01_paid_in_three_loses_no_cent():
    account = on_receipts()
    invoice = invoiced(account, ("83.34", "service"))
    assert (invoice.gross_minor, vat(invoice)) == (100_01, (0, 16_67))

    for part in ("33.33", "33.33", "33.35"):
        paid(account, part)

    # 16.67 × 33.33 / 100.01 = 5.5556; × 66.66 / 100.01 = 11.1111; then all of it.
    assert moves(invoice) == [5_56, 5_55, 5_56]
    assert vat(invoice) == (16_67, 0)
    assert check() == []


def test_each_rate_falls_due_by_itself():
    account = on_receipts()
    rule(make_tax("10"), "service-reduced")
    invoice = invoiced(account, ("100", "service"), ("50", "service-reduced"))
    assert (invoice.gross_minor, vat(invoice)) == (175_00, (0, 25_00))

    paid(account, 50)

    # 20.00 × 50 / 175 = 5.714 and 5.00 × 50 / 175 = 1.429; bases 5.71 / 20 % and 1.43 / 10 %.
    assert list(CollectedVat.objects.order_by("pk").values_list("base_minor", "tax_minor")) == [
        (28_55, 5_71),
        (14_30, 1_43),
    ]
    assert vat(invoice) == (7_14, 17_86)

    paid(account, 125)

    assert vat(invoice) == (25_00, 0)
    assert check() == []


def test_an_invoice_of_nothing_lets_no_vat_wait():
    account = on_receipts()
    rule(make_tax("10"), "service-reduced")

    # 109.09 + 10.91 − 100.00 − 20.00 = 0.00: no payment would ever make the 10.91 and the −20.00 due.
    invoice = invoiced(account, ("109.09", "service-reduced"), ("-100", "service"))

    assert (invoice.state, invoice.gross_minor, invoice.tax_minor) == ("issued", 0, -9_09)
    assert vat(invoice) == (-9_09, 0)
    assert check() == []


def test_goods_and_services_at_one_rate_part_by_their_bases():
    account = on_receipts()
    rule(make_tax(), "goods")
    invoice = invoiced(account, ("60", "goods"), ("40", "service"))
    assert InvoiceTax.objects.values_list("tax_minor", "deferred_minor").get(invoice=invoice) == (20_00, 8_00)

    # 12.00 on goods is due at issue, 8.00 on services waits; half of 120.00 is paid.
    assert vat(invoice) == (12_00, 8_00)
    paid(account, 60)
    assert vat(invoice) == (16_00, 4_00)
    assert check() == []


def test_a_returned_payment_lets_vat_wait_again():
    account = on_receipts()
    invoice = invoiced(account, ("1000", "service"))
    payment_id = paid(account, 300)

    return_payment(payment_id, returned_on=dt.date(2026, 4, 2), actor=CLERK)

    assert vat(invoice) == (0, 200_00)
    dates = Entry.objects.filter(kind="vat_collected").order_by("pk").values_list("date", flat=True)
    assert list(dates) == [TENTH_OF_MARCH, dt.date(2026, 4, 2)]
    assert check() == []


def test_an_allocation_taken_back_lets_vat_wait_again():
    account = on_receipts()
    invoice = invoiced(account, ("1000", "service"))
    paid(account, 300)

    take_back(Allocation.objects.get().pk, scope=SCOPE)

    assert vat(invoice) == (0, 200_00)
    assert moves(invoice) == [50_00, -50_00]
    assert check() == []


def test_money_counts_once_it_is_laid_on_an_invoice():
    account = on_receipts()
    payment = make_payment(account, 300_00)
    invoice = invoiced(account, ("1000", "service"))
    assert vat(invoice) == (0, 200_00)

    settle_with_payment(payment.pk, scope=SCOPE)

    assert vat(invoice) == (50_00, 150_00)
    assert check() == []


def test_a_payment_older_than_its_invoice_collects_on_the_day_of_issue():
    account = on_receipts()
    invoice = invoiced(account, ("1000", "service"))

    paid(account, 300, on=dt.date(2026, 1, 5))

    assert Entry.objects.get(kind="vat_collected").date == invoice.issue_date


def test_a_credit_note_on_an_unpaid_invoice_moves_both_and_owes_nothing():
    account = on_receipts()
    invoice = invoiced(account, ("1000", "service"))

    note = credit_in_full(invoice.pk, reason="Erreur", actor=CLERK, issue_date=TENTH_OF_MARCH)

    assert vat(invoice) == (200_00, 0)
    assert vat(Invoice.objects.get(pk=note)) == (-200_00, 0)
    assert check() == []


def test_a_credit_note_on_a_half_paid_invoice_leaves_due_what_was_paid():
    account = on_receipts()
    invoice = invoiced(account, ("100", "service"))
    paid(account, 60)
    assert vat(invoice) == (10_00, 10_00)

    note_id = credit_in_full(invoice.pk, reason="Erreur", actor=CLERK, issue_date=TENTH_OF_MARCH)

    # The invoice is settled: 20.00. Of the note 60.00 of 120.00 are used: -10.00; the other 60.00 wait for a refund.
    assert vat(invoice) == (20_00, 0)
    assert vat(Invoice.objects.get(pk=note_id)) == (-10_00, -10_00)
    assert check() == []


def test_an_invoice_keeps_the_regime_that_it_was_issued_under():
    account = on_receipts()
    first = invoiced(account, ("1000", "service"))
    choose_regime(
        account.legal_entity_id,
        tax_class="service",
        due_on="debits",
        valid_from=dt.date(2026, 3, 1),
        actor=CLERK,
    )
    last_of_february = invoiced(account, ("100", "service"), on=dt.date(2026, 2, 28))
    second = invoiced(account, ("500", "service"), on=dt.date(2026, 3, 1))

    paid(account, 1200)

    assert vat(first) == (200_00, 0)
    assert vat(last_of_february) == (0, 20_00)
    assert vat(second) == (100_00, 0)
    assert check() == []


def test_money_laid_without_its_vat_is_refused():
    account = on_receipts()
    invoiced(account, ("1000", "service"))
    payment = make_payment(account, 300_00)

    with pytest.raises(IntegrityError, match="VAT was collected"), transaction.atomic():
        allocate(payment.pk, actor=CLERK)
        connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_documents_of_both_regimes_say_theirs_and_pass_every_official_rule():
    for account, code, mention in (
        (
            make_account(legal_entity=seller()),
            ["5"],
            "Option pour le paiement de la taxe d’après les débits.",
        ),
        (on_receipts(), ["72"], "TVA acquittée sur les encaissements."),
    ):
        (document,) = issued([invoiced(account, ("1000", "service"), ("200", "service")).pk])
        xml = etree.fromstring(invoice_xml(document.content))

        assert official_faults(document.content) == []
        assert [node.text for node in xml.iter("{*}DueDateTypeCode")] == code
        assert list(reasons(wording(document.content.language), document.content)) == [mention]


def test_goods_and_services_of_one_document_fall_due_each_as_the_law_has_it():
    account = on_receipts()
    rule(make_tax(), "goods")

    (document,) = issued([invoiced(account, ("60", "goods"), ("40", "service")).pk])

    assert official_faults(document.content) == []
    assert (document.content.vat_on_debits, document.content.vat_on_receipts) == (False, False)


def test_the_fec_has_collections_in_the_general_journal():
    account = on_receipts()
    invoice = invoiced(account, ("1000", "service"))
    paid(account, 300)
    credit_in_full(invoice.pk, reason="Erreur", actor=CLERK, issue_date=TENTH_OF_MARCH)

    fec = export_fec(make_scope("read_ledger"), legal_entity_id=account.legal_entity_id, year=2026)

    lines = [line.split("\t") for line in list(fec.lines)[1:]]
    collected = [line for line in lines if line[0] == "OD"]
    assert [(line[4], line[11], line[12]) for line in collected[:2]] == [
        ("44574", "50,00", "0,00"),
        ("44571", "0,00", "50,00"),
    ]
    assert collected[0][1] == "Opérations diverses"
    assert collected[0][8] == invoice.number
    assert collected[0][10].startswith(f"TVA encaissée {invoice.number} ")
    amounts = [[Decimal(each.replace(",", ".")) for each in line[11:13]] for line in lines]
    assert sum(debit - credit for debit, credit in amounts) == 0
