"""The company of the demonstration holds together, and its customers pay the same each time."""

import datetime as dt

from stdnum import iban
from stdnum.fr import siren, siret, tva

from encaisse.demo import company
from encaisse.demo.receipts import CASH_LIMIT_MINOR, receipts
from encaisse.invoice.queries.lists import InvoiceRow
from encaisse.party.queries import RepRow

ISSUED = dt.date(2026, 10, 31)
REPS = [RepRow(n, f"rep-{n}", f"Rep {n}") for n in range(1, 13)]


def issued(count: int, payable_minor: int = 12_000) -> list[InvoiceRow]:
    """Issued invoices of one account each."""
    return [
        InvoiceRow(
            n, "invoice", "issued", f"F2026-{n:06}", ISSUED, ISSUED, n, "Client", n, f"C{n}", 1, "Vendeur", "EUR",
            payable_minor * 5 // 6, payable_minor // 6, payable_minor, payable_minor, 0,
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def test_its_numbers_have_valid_check_digits():
    identity = company.SELLER.identity

    assert siren.is_valid(identity.siren)
    assert siret.is_valid(identity.siret)
    assert identity.siret.startswith(identity.siren)
    assert tva.is_valid(identity.vat_number)
    assert iban.is_valid(company.SELLER.iban)


def test_every_representative_is_in_one_group():
    groups = company.groups(REPS)

    assert [group.name for group in groups] == ["Nord", "Ouest", "Sud"]
    assert sorted(rep.id for group in groups for rep in group.members) == list(range(1, 13))


def test_one_person_of_each_role_logs_in_with_a_password_of_this_installation(settings):
    people = company.people(company.groups(REPS))
    settings.SECRET_KEY = "the secret of another installation"
    elsewhere = company.people(company.groups(REPS))

    assert [person.profile.role for person in people] == ["admin", "billing", "collector", "leader", "rep"]
    assert [person.profile.rep_id for person in people] == [None, None, None, 1, 4]
    assert all(len(person.password) >= 10 for person in people)
    assert not {person.password for person in people} & {person.password for person in elsewhere}


def test_customers_pay_the_same_each_time():
    until = ISSUED + dt.timedelta(days=21)

    assert list(receipts(issued(200), until)) == list(receipts(issued(200), until))


def test_they_pay_whole_in_part_too_much_and_not_at_all_between_issue_and_today():
    until = ISSUED + dt.timedelta(days=21)
    received = list(receipts(issued(500), until))

    assert {each.method for each in received} == {"transfer", "cheque", "cash"}
    assert {each.amount_minor for each in received} == {12_000, 6_000, 13_200}
    assert 350 < len(received) < 450
    assert min(each.received_on for each in received) > ISSUED
    assert max(each.received_on for each in received) == until
    assert len({each.origin_key for each in received}) == len(received)


def test_nobody_pays_before_the_invoice_nor_large_amounts_in_cash():
    assert not list(receipts(issued(50), ISSUED - dt.timedelta(days=1)))
    assert {each.received_on for each in receipts(issued(50), ISSUED)} == {ISSUED}
    dear = receipts(issued(200, payable_minor=CASH_LIMIT_MINOR + 6), ISSUED)
    assert {each.method for each in dear} == {"transfer", "cheque"}
