"""Booking invoices by the set and payments one by one, and the file that the tax office reads."""

import datetime as dt
import threading

import pytest
from django.db import IntegrityError, connection

from encaisse.flows.return_payment import return_payment
from encaisse.invoice.models import Invoice
from encaisse.invoice.operations.issue import lock_approved, number
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level
from encaisse.ledger.errors import AccountsNotInChart, EntityWithoutSiren
from encaisse.ledger.models import Account, Entry, FecNumber, Posting
from encaisse.ledger.operations import (
    export_fec,
    install_chart,
    number_entries,
    post_invoices,
    post_payment,
    post_payment_return,
)
from encaisse.ledger.rules import CHART
from encaisse.payment.models import Payment
from encaisse.tax.models import Component
from tests.makers import (
    CLERK,
    JANUARY,
    MARCH,
    make_account,
    make_approved_invoice,
    make_charge,
    make_credit_note,
    make_entity,
    make_identity,
    make_issued_invoice,
    make_payment,
    make_product,
    make_scope,
    make_tax,
)

READER = make_scope("read_ledger")


@pytest.mark.django_db
def test_the_chart_is_installed_once_and_keeps_what_was_renamed() -> None:
    assert install_chart() == len(CHART)
    Account.objects.filter(code="706").update(name_fr="Abonnements")

    assert install_chart() == 0
    assert Account.objects.get(code="706").name_fr == "Abonnements"


@pytest.mark.django_db
def test_an_invoice_debits_the_customer_and_credits_sales_and_taxes() -> None:
    account = make_account()
    charges = [
        make_charge(account=account, unit_price=price) for price in ("68.33", "68.33", "57.50", "85.00")
    ]

    invoice = make_issued_invoice(account, *charges)

    assert _postings(invoice) == [
        ("411", account.pk, 33_499),
        ("706", None, -27_916),
        ("44571", None, -5_583),
    ]
    entry = invoice.entries.get()
    assert (entry.journal, entry.kind, entry.date) == ("VE", "invoice", JANUARY)
    assert entry.legal_entity_id == account.legal_entity_id


@pytest.mark.django_db
def test_a_credit_note_is_booked_as_the_mirror_of_its_invoice() -> None:
    invoice = make_issued_invoice()

    note = make_credit_note(invoice)

    assert _postings(note) == [(code, to, -amount) for code, to, amount in _postings(invoice)]


@pytest.mark.django_db
def test_sales_are_gathered_by_account_and_taxes_by_theirs() -> None:
    account = make_account()
    goods, postage = make_product(revenue_account="707"), make_product(revenue_account="7085")
    charges = [
        make_charge(account=account, product=goods, unit_price="1000"),
        make_charge(account=account, product=postage, unit_price="34.56"),
        make_charge(account=account, product=goods, unit_price="200"),
    ]
    tax = make_tax("20")
    Component.objects.create(
        tax=tax, position=2, kind="other", label_fr="Taxe", label_en="Levy", rate=2, account="447"
    )

    invoice = make_issued_invoice(account, *charges, tax=tax)

    assert _postings(invoice) == [
        ("411", account.pk, 150_616),
        ("707", None, -120_000),
        ("7085", None, -3_456),
        ("44571", None, -24_691),
        ("447", None, -2_469),
    ]


@pytest.mark.django_db
def test_a_tax_of_nothing_is_not_posted() -> None:
    invoice = make_issued_invoice(tax=make_tax("0", category="E", mention_fr="Exonéré", mention_en="Exempt"))

    assert [(code, amount) for code, _, amount in _postings(invoice)] == [("411", 10_000), ("706", -10_000)]


@pytest.mark.django_db
def test_an_invoice_of_nothing_still_has_its_entry() -> None:
    invoice = make_issued_invoice(net="0")

    assert [(code, amount) for code, _, amount in _postings(invoice)] == [("411", 0), ("706", 0)]


@pytest.mark.django_db
def test_a_set_is_posted_at_once() -> None:
    install_chart()
    account = make_account()
    first, second, other = (make_approved_invoice(account, net=net).pk for net in ("10", "20", "30"))

    drafts = lock_approved([second, first])
    assert post_invoices(invoice_ids=[second, first], date=MARCH) == 2
    number(drafts, MARCH)

    booked = Entry.objects.order_by("pk").values_list("invoice_id", "date")
    assert list(booked) == [(first, MARCH), (second, MARCH)]
    assert post_invoices(invoice_ids=[], date=MARCH) == 0


@pytest.mark.django_db
def test_an_invoice_is_not_posted_twice() -> None:
    invoice = make_issued_invoice()

    with pytest.raises(IntegrityError, match="entry_once_per_invoice"):
        post_invoices(invoice_ids=[invoice.pk], date=MARCH)


@pytest.mark.django_db
def test_nothing_is_posted_while_an_account_is_missing() -> None:
    install_chart()
    tax = make_tax()
    Component.objects.create(tax=tax, position=2, label_fr="Taxe", label_en="Levy", rate=2, account="4471")
    account = make_account()
    strange = make_charge(account=account, product=make_product(revenue_account="7061"))
    draft, fine = make_approved_invoice(account, strange, tax=tax), make_approved_invoice(account)

    with pytest.raises(AccountsNotInChart) as refused:
        post_invoices(invoice_ids=[fine.pk, draft.pk], date=MARCH)

    assert refused.value == AccountsNotInChart(("4471", "7061"))
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_the_account_of_another_product_stops_nobody() -> None:
    make_product(revenue_account="7061")

    assert make_issued_invoice().entries.count() == 1


@pytest.mark.django_db
def test_without_a_chart_nothing_is_posted() -> None:
    draft = make_approved_invoice()

    with pytest.raises(AccountsNotInChart) as refused:
        post_invoices(invoice_ids=[draft.pk], date=MARCH)

    assert refused.value == AccountsNotInChart(("411", "44571", "706"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "journal", "till"), [("transfer", "BQ", "512"), ("cheque", "BQ", "5112"), ("cash", "CA", "53")]
)
def test_money_is_debited_where_it_goes(method: str, journal: str, till: str) -> None:
    payment = make_payment(method=method)

    entry = payment.entries.get()

    assert (entry.journal, entry.date) == (journal, MARCH)
    assert _postings(payment) == [(till, None, 12_000), ("411", payment.account_id, -12_000)]


@pytest.mark.django_db
def test_a_return_mirrors_the_payment_on_its_own_day() -> None:
    payment = make_payment(method="cheque")

    return_payment(payment.pk, returned_on=dt.date(2026, 4, 7), actor=CLERK)

    mirror = payment.entries.get(kind="payment_return")
    assert mirror.date == dt.date(2026, 4, 7)
    assert [(line.account.code, line.amount_minor) for line in mirror.postings.order_by("pk")] == [
        ("5112", -12_000),
        ("411", 12_000),
    ]


@pytest.mark.django_db
def test_a_payment_that_does_not_exist_is_not_posted() -> None:
    with pytest.raises(NotFound):
        post_payment(999_999)
    with pytest.raises(NotFound):
        post_payment_return(999_999, date=MARCH)


@pytest.mark.django_db
def test_official_numbers_are_given_once_in_order_and_without_a_hole() -> None:
    account = make_account()
    first, second = make_issued_invoice(account), make_issued_invoice(account, issue_date=MARCH)
    make_issued_invoice(account, issue_date=dt.date(2027, 1, 1))
    make_issued_invoice()
    asked = {"legal_entity_id": account.legal_entity_id, "year": 2026}

    assert number_entries(**asked) == 2
    late = make_payment(account, received_on=dt.date(2026, 1, 2))
    assert number_entries(**asked) == 1
    assert number_entries(**asked) == 0

    numbers = FecNumber.objects.order_by("number").values_list(
        "number", "entry__invoice_id", "entry__payment_id"
    )
    assert list(numbers) == [(1, first.pk, None), (2, second.pk, None), (3, None, late.pk)]


@pytest.mark.django_db
def test_the_fec_balances_and_begins_with_the_same_lines_when_exported_again() -> None:
    account = make_account()
    invoice = make_issued_invoice(account, net="279.16")
    make_payment(account, 33_499, reference="")
    asked = {"legal_entity_id": account.legal_entity_id, "year": 2026}

    file = export_fec(READER, **asked)
    header, *lines = [line.split("\t") for line in file.lines]

    assert file.name == "732829320FEC20261231.txt"
    assert len(header) == 18
    assert [(line[2], line[4], line[8], line[11], line[12]) for line in lines] == [
        ("1", "411", invoice.number, "334,99", "0,00"),
        ("1", "706", invoice.number, "0,00", "279,16"),
        ("1", "44571", invoice.number, "0,00", "55,83"),
        ("2", "512", f"R{account.payments.get().pk}", "334,99", "0,00"),
        ("2", "411", f"R{account.payments.get().pk}", "0,00", "334,99"),
    ]
    make_credit_note(invoice)
    again = [line.split("\t") for line in export_fec(READER, **asked).lines]
    assert again[: len(lines) + 1] == [header, *lines]
    assert [line[2] for line in again[len(lines) + 1 :]] == ["3", "3", "3"]


@pytest.mark.django_db
def test_the_fec_is_for_whoever_may_see_all_of_the_entity() -> None:
    entity = make_account().legal_entity
    asked = {"legal_entity_id": entity.pk, "year": 2026}

    with pytest.raises(NotPermitted):
        export_fec(make_scope(), **asked)
    with pytest.raises(NotFound):
        export_fec(make_scope("read_ledger", entity_ids=frozenset({entity.pk + 1})), **asked)
    with pytest.raises(NotFound):
        export_fec(make_scope("read_ledger", level=Level.GROUPS), **asked)
    assert not FecNumber.objects.exists()


@pytest.mark.django_db
def test_the_fec_needs_a_siren() -> None:
    entity = make_entity(identity=make_identity(siren=""))

    with pytest.raises(EntityWithoutSiren):
        export_fec(READER, legal_entity_id=entity.pk, year=2026)


def test_two_exports_at_once_give_each_number_once(fresh_database: str) -> None:
    account = make_account()
    for _ in range(3):
        make_issued_invoice(account)
    barrier = threading.Barrier(2)

    def export() -> None:
        barrier.wait(timeout=10)
        number_entries(legal_entity_id=account.legal_entity_id, year=2026)
        connection.close()

    threads = [threading.Thread(target=export) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert sorted(FecNumber.objects.values_list("number", flat=True)) == [1, 2, 3]


def _postings(piece: Invoice | Payment) -> list[tuple[str, int | None, int]]:
    lines = Posting.objects.filter(entry=piece.entries.get()).order_by("pk")
    return list(lines.values_list("account__code", "billing_account_id", "amount_minor"))
