"""A seller in Senegal: francs CFA have no decimals, whatever page, file or document shows them."""

import datetime as dt
import re
from decimal import Decimal
from typing import Final

import pytest
from django.urls import reverse

from encaisse.adapters.pages import page_text
from encaisse.charge.operations.manual import ManualLine
from encaisse.document import facturx
from encaisse.document.queries.contents import issued
from encaisse.flows import billing_cycle
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.flows.install import install
from encaisse.flows.save_seller import save_seller
from encaisse.flows.take_payment import take_payment
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.ledger.models import Entry
from encaisse.party.models import BillingAccount, LegalEntity
from encaisse.party.operations.sellers import Seller
from encaisse.party.rules.identities import IdentityFacts
from encaisse.subscription.models import Subscription
from tests.desk.placements import body
from tests.desk.signed_in import signed_in
from tests.desk.test_pages import KEY, SHOWN
from tests.flows.stories import ACTOR, SCOPE
from tests.makers import (
    CLERK,
    make_account,
    make_identity,
    make_price,
    make_product,
    make_scope,
    make_subscription,
)

pytestmark = pytest.mark.django_db
FIRST: Final = dt.date(2026, 2, 1)
NOON: Final = dt.datetime(2026, 2, 10, 12, tzinfo=dt.UTC)
BAOBAB = IdentityFacts(
    "Atelier du Baobab",
    "12, avenue des Palmes",
    "11500",
    "Dakar",
    "SN",
    fiscal_number="1234567",
    registry="SN DKR 2020 B 1",
)
# An amount of francs with decimals, as pages write it in French and in English, for people or for machines.
DECIMALS: Final = re.compile(
    r"\d[.,]\d+\s*(?:F\s?CFA|XOF)|XOF\s*[\d,\u202f]*\.\d|value=\"-?\d+\.\d+\"[^>]*>[^<]*(?:CFA|XOF)"
)
FRANCS: Final = re.compile(r"F\s?CFA|XOF")
KEYS: Final = {"le": LegalEntity, "inv": Invoice, "ba": BillingAccount, "sub": Subscription, "ent": Entry}


def baobab() -> BillingAccount:
    install()
    save_seller(make_scope("configure"), Seller("BAOBAB", BAOBAB, currency="XOF", timezone="Africa/Dakar"))
    at_home = {"country": "SN", "city": "Thiès", "siren": "", "vat_number": "", "fiscal_number": "7654321"}
    entity = LegalEntity.objects.get(code="BAOBAB")
    return make_account(legal_entity=entity, currency="XOF", identity=make_identity(**at_home))


def billed(account: BillingAccount, *, issue: bool = True) -> Invoice:
    """Three times 333.335 francs are 1,000; 18 % of them are 180."""
    line = ManualLine(make_product().pk, "Prestation", Decimal(3), Decimal("333.335"))
    key = bill_by_hand(SCOPE, account.pk, [line], currency="XOF", issue_date=FIRST)
    invoice = Invoice.objects.get(pk=key)
    if issue:
        billing_cycle.issue(invoice.run_id or 0, actor=ACTOR)
        invoice.refresh_from_db()
    return invoice


def walk(client, keys: dict[str, int]) -> dict[str, str]:
    """Every page that needs no other row than those, and the CSV of every list."""
    pages = {}
    for route in SHOWN:
        kinds = {name: kind for kind, name in KEY.findall(route.address)}
        if set(kinds.values()) <= {*keys, "slug"}:
            asked = {name: keys.get(kind, "411") for name, kind in kinds.items()}
            answer = client.get(reverse(f"desk:{route.name}", kwargs=asked))
            if answer.status_code != 200:
                continue
            if not answer.headers["Content-Type"].startswith(("application/", "image/")):
                pages[route.name] = body(answer)
    return pages


def test_no_page_shows_francs_with_decimals():
    with clock.stopped_at(NOON):
        account = baobab()
        make_subscription(make_price(currency="XOF", unit_price=Decimal(5000)), account=account)
        invoice = billed(account)
        assert (invoice.net_minor, invoice.tax_minor, invoice.gross_minor) == (1000, 180, 1180)
        told = {"method": "transfer", "currency": "XOF", "reference": "VIR 1", "received_on": FIRST}
        payment = take_payment(actor=CLERK, account_id=account.pk, amount_minor=500, **told)
        draft = billed(account, issue=False)
        credit_in_full(invoice.pk, reason="Geste", actor=CLERK, issue_date=FIRST)
        billed(account)
        client = signed_in(
            "read_ledger", "configure", "bill", "issue", "credit", "take_payments", language="fr"
        )
        keys = {
            kind: model.objects.order_by("pk").values_list("pk", flat=True)[0] for kind, model in KEYS.items()
        }
        keys |= {"pay": payment, "run": draft.run_id or 0, "cus": account.customer_id}
        pages = walk(client, keys)

    assert {name: DECIMALS.findall(page) for name, page in pages.items() if DECIMALS.search(page)} == {}
    shown = {name for name, page in pages.items() if FRANCS.search(page)}
    assert {
        "dashboard", "invoices", "invoice", "run", "payments", "payment", "customer", "account", "contract", "entries",
        "entry", "balance", "vat", "group",
    } - shown == set()  # fmt: skip
    for name in ("invoices", "payments", "entries", "balance", "group"):
        file = body(client.post(reverse(f"desk:{name}_export"), {"form": "csv"}))
        assert re.search(r"\b(1180|500)\b", file), name
        assert not re.search(r"\b(1180|1000|180|500)[.,]0", file), name


def test_a_document_in_francs_has_no_decimals_and_says_its_total_in_words():
    (written,) = issued([billed(baobab()).pk])
    told = " ".join(page_text(facturx.render(written.content, at=written.at)).split())

    assert "Arrêtée la présente facture à la somme de mille cent quatre-vingts francs CFA TTC." in told
    assert "NINEA 1234567 · RCCM SN DKR 2020 B 1" in told
    assert "1 180 F CFA" in told
    assert not DECIMALS.search(told)
