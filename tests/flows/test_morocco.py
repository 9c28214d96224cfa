"""A Moroccan seller from its papers to its books: what it prints, what its buyers must have, where it all is posted."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from encaisse.adapters.pages import page_text
from encaisse.billing.errors import AccountRefused
from encaisse.charge.operations.manual import ManualLine
from encaisse.document import facturx
from encaisse.document.queries.contents import issued
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.flows.install import install
from encaisse.flows.save_seller import save_seller
from encaisse.invoice.models import Invoice
from encaisse.party.errors import IceInvalid, NationalNumberInvalid
from encaisse.party.models import BillingAccount, LegalEntity
from encaisse.party.operations.sellers import Seller
from encaisse.party.rules.identities import IdentityFacts
from encaisse.tax.models import Rule, Tax
from tests.flows.stories import ACTOR, SCOPE
from tests.makers import make_account, make_identity, make_product, make_scope

pytestmark = pytest.mark.django_db
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
