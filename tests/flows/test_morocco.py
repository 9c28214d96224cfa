"""A Moroccan seller from its papers to its books: what it prints, what its buyers must have, where it all is posted."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from encaisse.adapters.pages import page_text
from encaisse.billing.errors import AccountRefused
from encaisse.charge.operations.manual import ManualLine
from encaisse.document import facturx
from encaisse.document.queries.contents import issued
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.flows.books import check
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.flows.install import install
from encaisse.flows.save_seller import save_seller
from encaisse.flows.take_payment import take_payment
from encaisse.invoice.errors import MissingLegalData
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.ledger.errors import AccountCodeInvalid, FecIsFrench
from encaisse.ledger.operations import export_fec, export_journal, save_country_account
from encaisse.ledger.queries.countries import CountryRow, country_accounts
from encaisse.ledger.queries.entries import account_ledger, trial_balance
from encaisse.ledger.queries.vat import vat_of_year
from encaisse.party.errors import IceInvalid, NationalNumberInvalid
from encaisse.party.models import BillingAccount, LegalEntity
from encaisse.party.operations.sellers import Seller
from encaisse.party.rules.identities import IdentityFacts
from encaisse.tax.models import Rule, Tax
from encaisse.ui import words
from tests.flows.stories import ACTOR, SCOPE
from tests.makers import CLERK, make_account, make_identity, make_product, make_scope

pytestmark = pytest.mark.django_db
READER = make_scope("read_ledger", "configure")
MID_DECEMBER = dt.date(2025, 12, 15)
ICE, BUYER_S_ICE = "009990001000007", "009990002000077"
RIAD = IdentityFacts(
    name="Atelier du Riad",
    legal_form="SARL",
    capital="100 000 MAD",
    registry="Casablanca 123456",
    address_1="7, rue des Orangers",
    postcode="20250",
    city="Casablanca",
    country="MA",
    email="facturation@riad.example",
    ice="00 99 90 00 10 00 007",
    fiscal_number="1234 5678",
    professional_tax="33445566",
    social_security="7654321",
)


def riad(**identity: Any) -> LegalEntity:
    install()
    told = Seller("RIAD", RIAD._replace(**identity), currency="MAD", timezone="Africa/Casablanca")
    return LegalEntity.objects.get(pk=save_seller(make_scope("configure"), told))


def buyer(entity: LegalEntity, **identity: Any) -> BillingAccount:
    at_home = {"country": "MA", "city": "Rabat", "siren": "", "vat_number": "", "ice": BUYER_S_ICE}
    return make_account(
        legal_entity=entity, currency=entity.currency, identity=make_identity(**at_home | identity)
    )


def billed(account: BillingAccount, on: dt.date = MID_DECEMBER) -> Invoice:
    """1,000.00 at 20 %, three times 33.33 at 10 %, and 150.00 of transport, which bore 18 % in 2025."""
    sold = (("service", 1, "1000"), ("service-reduced", 3, "33.33"), ("service-transport", 1, "150"))
    lines = [
        ManualLine(make_product(tax_class=tax_class).pk, "Prestation", Decimal(quantity), Decimal(price))
        for tax_class, quantity, price in sold
    ]
    key = bill_by_hand(SCOPE, account.pk, lines, currency=account.currency, issue_date=on)
    invoice = Invoice.objects.get(pk=key)
    billing_cycle.issue(invoice.run_id or 0, actor=ACTOR)
    invoice.refresh_from_db()
    return invoice


def balance() -> dict[str, int]:
    return {row.code: row.balance_minor for row in trial_balance(READER)}


def page(invoice: Invoice) -> str:
    (written,) = issued([invoice.pk])
    pdf = facturx.render(written.content, at=written.at)
    assert facturx.DATA.encode() not in pdf
    return " ".join(page_text(pdf).split())


def test_an_invoice_of_three_rates_prints_what_morocco_asks_and_nothing_of_france():
    invoice = billed(buyer(riad()))

    assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (1249_99, 237_00, 1486_99)
    told = page(invoice)
    for mention in (
        f"ICE {ICE} · IF 12345678 · RC Casablanca 123456 · TP 33445566 · CNSS 7654321",
        f"ICE client {BUYER_S_ICE}",
        "Arrêtée la présente facture à la somme de mille quatre cent quatre-vingt-six dirhams et"
        " quatre-vingt-dix-neuf centimes TTC.",
        "TVA 20 %", "TVA 18 %", "TVA 10 %", "1 486,99 MAD", "loi n° 69-21",
    ):  # fmt: skip
        assert mention in told
    for french in (
        "indemnité forfaitaire",
        "Banque centrale européenne",
        "SIREN",
        "Pas d’escompte",
        "débits",
    ):
        assert french not in told


def test_a_moroccan_business_without_its_ice_is_set_aside_and_a_person_or_a_foreigner_is_not():
    entity = riad()
    with pytest.raises(AccountRefused) as refused:
        billed(buyer(entity, ice=""))
    assert refused.value.reason == "missing_legal_data"
    assert refused.value.seen == {"party": "buyer", "field": "ice"}

    with translation.override("fr"):
        assert "ICE (quinze chiffres" in str(words.refusal(MissingLegalData("buyer", "ice")))

    assert billed(buyer(entity, ice="", is_business=False)).gross_minor == 1486_99
    abroad = billed(buyer(entity, ice="", country="FR", vat_number="FR44732829320", siren="732829320"))
    assert (abroad.tax_minor, abroad.gross_minor) == (0, 1249_99)
    assert "article 92, I, 1°" in page(abroad)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"ice": "009990001000008"}, IceInvalid()),
        ({"ice": "123"}, IceInvalid()),
        ({"fiscal_number": "12"}, NationalNumberInvalid(field="fiscal_number", label="IF")),
        ({"social_security": "CNSS"}, NationalNumberInvalid(field="social_security", label="CNSS")),
    ],
)
def test_a_number_of_another_form_is_refused_by_its_field(wrong, refusal):
    with pytest.raises(type(refusal)) as refused:
        riad(**wrong)
    assert refused.value == refusal


def test_a_country_s_taxes_come_with_its_first_seller():
    install()
    assert not Rule.objects.exclude(seller_country="FR").exists()

    riad()
    assert Tax.objects.filter(code__startswith="MA-").count() == 9
    assert not Tax.objects.filter(code__startswith="SN-").exists()


def test_from_the_invoice_to_its_credit_note_everything_is_in_the_accounts_of_morocco():
    account = buyer(riad())
    invoice = billed(account)
    # VAT is owed on receipts, as Moroccan law has it: 1,486.99 = 1,249.99 + 237.00.
    assert balance() == {"3421": 1486_99, "44552": -237_00, "7124": -1249_99}

    # Half of it, rounded: 743.50 of 1,486.99 makes 118.50 of 237.00 due.
    told = {"method": "transfer", "currency": "MAD", "reference": "VIR 1", "received_on": MID_DECEMBER}
    take_payment(actor=CLERK, account_id=account.pk, amount_minor=743_50, **told)
    assert balance() == {
        "3421": 743_49, "44552": -118_50, "4455": -118_50, "5141": 743_50, "7124": -1249_99,
    }  # fmt: skip

    # What the year says is what the accounts of Morocco say.
    said = vat_of_year(READER, 2025, until=MID_DECEMBER)
    assert {row.rate.account for row in said.rows} == {"4455"}
    assert {(row.account, row.said_minor, row.apart) for row in said.checks} == {
        ("4455", 118_50, ()), ("44552", 118_50, ()),
    }  # fmt: skip

    credit_in_full(invoice.pk, reason="Geste commercial", actor=CLERK, issue_date=MID_DECEMBER)
    after = balance()
    assert (after["3421"], after["7124"], after["5141"]) == (-743_50, 0, 743_50)
    assert check() == []


def test_its_journal_is_a_plain_file_and_the_fec_is_for_french_books():
    entity = riad()
    billed(buyer(entity))

    with pytest.raises(FecIsFrench):
        export_fec(READER, legal_entity_id=entity.pk, year=2025)
    made = export_journal(READER, legal_entity_id=entity.pk, year=2025)
    assert made.name == "journal-RIAD-2025.csv"
    lines = [line.split(";") for line in made.lines]
    assert [(line[3], line[10], line[11]) for line in lines[1:]] == [
        ("3421", "1486,99", "0,00"), ("7124", "0,00", "1249,99"), ("44552", "0,00", "237,00"),
    ]  # fmt: skip
    movements, total = account_ledger(READER, "3421")
    assert (total, movements[0].balance_minor) == (1, 1486_99)
    with pytest.raises(NotFound):
        account_ledger(READER, "3425")


def test_an_accountant_tells_another_account_of_the_country():
    entity = riad()
    billed(buyer(entity))
    told = CountryRow("MA", "706", "71243", "Prestations de conseil", "Consulting")
    save_country_account(make_scope("configure"), told)

    assert set(balance()) == {"3421", "44552", "71243"}
    with pytest.raises(AccountCodeInvalid):
        save_country_account(make_scope("configure"), told._replace(code="7a"))
    with pytest.raises(NotPermitted):
        save_country_account(make_scope("configure", entity_ids=frozenset({entity.pk})), told)
    assert told in country_accounts(READER, "MA")
