"""The smallest valid row of each noun; keywords override. Constraints refuse lies, so no factory library."""

import datetime as dt
import itertools
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db import transaction

from encaisse.archive.models import File
from encaisse.billing.models import Cycle, Run
from encaisse.billing.operations import load
from encaisse.billing.rules import Part
from encaisse.catalog.models import Offer, PriceVersion, Product
from encaisse.charge.models import Charge
from encaisse.currency.models import ExchangeRate
from encaisse.document.models import Document
from encaisse.invoice.models import Invoice, InvoiceTax, Line
from encaisse.invoice.operations.credit import draft_credit_note
from encaisse.invoice.operations.issue import lock_approved, number
from encaisse.invoice.queries import billable
from encaisse.invoice.rules.draft import draft
from encaisse.invoice.rules.plans import Taxes
from encaisse.invoice.rules.rows import (
    INVOICE_COLUMNS,
    LINE_COLUMNS,
    NULL,
    TAX_COLUMNS,
    UNSEALED_COLUMNS,
    Heading,
    OpenCharge,
    Parties,
)
from encaisse.invoice.rules.seal import parties_record, record
from encaisse.kernel import clock, sql
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.ledger.operations import install_chart, post_invoices, post_payment
from encaisse.party.models import BillingAccount, BuyerReference, Customer, Group, Identity, LegalEntity, Rep
from encaisse.party.rules.names import sort_key
from encaisse.payment.models import Payment
from encaisse.payment.operations import record as receive
from encaisse.subscription.models import Item, Subscription
from encaisse.subscription.rules.periods import anchor_for
from encaisse.tax.models import Component, Tax
from encaisse.tax.rules.taxes import Component as ResolvedComponent
from encaisse.tax.rules.taxes import ResolvedTax

JANUARY = dt.date(2026, 1, 31)
MARCH = dt.date(2026, 3, 31)
# A person whom no test makes, so that what Camille did is nobody else’s.
CLERK = Actor("user", 9_000_001, "Camille")
_serial = itertools.count(1)


def make_identity(**fields: Any) -> Identity:
    """A business in Paris with a valid SIREN and VAT number."""
    defaults = {
        "name": f"Société {next(_serial)}",
        "legal_form": "SAS",
        "siren": "732829320",
        "vat_number": "FR44732829320",
        "address_1": "1, rue de la Paix",
        "postcode": "75002",
        "city": "Paris",
        "country": "FR",
        "email": "compta@client.example",
    }
    return Identity.objects.create(**defaults | fields)


def make_entity(**fields: Any) -> LegalEntity:
    """A French seller in euros."""
    n = next(_serial)
    identity = fields.pop("identity", None) or make_identity(
        name=f"Vendeur {n}", capital="50 000 €", registry="RCS Paris", siret="73282932000074"
    )
    defaults = {"code": f"E{n}", "identity": identity, "currency": "EUR", "late_penalty": "12 %"}
    return LegalEntity.objects.create(**defaults | fields)


def make_group(**fields: Any) -> Group:
    """A group without a leader."""
    n = next(_serial)
    return Group.objects.create(**{"code": f"G{n}", "name": f"Groupe {n}"} | fields)


def make_rep(**fields: Any) -> Rep:
    """A rep without a group."""
    n = next(_serial)
    return Rep.objects.create(**{"code": f"R{n}", "name": f"Commercial {n}"} | fields)


def make_customer(**fields: Any) -> Customer:
    """A customer without a rep."""
    n = next(_serial)
    return Customer.objects.create(
        **{
            "reference": f"C{n:05}",
            "name": f"Client {n}",
            "sort_key": sort_key(fields.get("name", f"Client {n}")),
        }
        | fields
    )


def make_account(**fields: Any) -> BillingAccount:
    """An account in euros at thirty days, of a new customer and, unless given, of a new legal entity."""
    n = next(_serial)
    defaults = {
        "reference": f"B{n:05}",
        "customer": fields.get("customer") or make_customer(),
        "legal_entity": fields.get("legal_entity") or make_entity(),
        "identity": fields.get("identity") or make_identity(),
        "currency": "EUR",
    }
    return BillingAccount.objects.create(**defaults | fields)


def make_tax(rate: str = "20", **fields: Any) -> Tax:
    """A tax of one component in category S."""
    n = next(_serial)
    tax = Tax.objects.create(
        **{"code": f"T{n}", "name_fr": "TVA", "name_en": "VAT", "category": "S"} | fields
    )
    Component.objects.create(tax=tax, position=1, label_fr="TVA", label_en="VAT", rate=Decimal(rate))
    return tax


def make_product(**fields: Any) -> Product:
    """A service posted to 706."""
    n = next(_serial)
    return Product.objects.create(
        **{"code": f"P{n}", "name_fr": f"Service {n}", "name_en": f"Service {n}"} | fields
    )


def make_offer(**fields: Any) -> Offer:
    """A recurring offer of a new product, by the month and in advance."""
    n = next(_serial)
    defaults = {"code": f"O{n}", "name_fr": f"Offre {n}", "name_en": f"Offer {n}"}
    return Offer.objects.create(**{"product": fields.get("product") or make_product()} | defaults | fields)


def make_price(**fields: Any) -> PriceVersion:
    """A price of 30.00 per unit, of a new offer by the month; `tiers` are pairs of their end and price."""
    tiers = fields.pop("tiers", ())
    defaults = {
        "offer": fields.get("offer") or make_offer(),
        "valid_from": dt.date(2020, 1, 1),
        "currency": "EUR",
        "unit_price": None if tiers else Decimal(30),
    }
    with transaction.atomic():
        price = PriceVersion.objects.create(**defaults | fields)
        for position, (up_to, unit_price) in enumerate(tiers, 1):
            price.tiers.create(position=position, up_to=up_to, unit_price=Decimal(unit_price))
    return price


def make_subscription(price: PriceVersion | None = None, **fields: Any) -> Item:
    """A subscription since 1 January 2026 with one item, which is returned; fields are those of either."""
    offer = (price or make_price()).offer
    names = {field.name for field in Item._meta.get_fields()} - {"account", "subscription"}
    item = {name: fields.pop(name) for name in names & fields.keys()}
    defaults = {"reference": f"K{next(_serial):05}", "start_date": dt.date(2026, 1, 1)}
    subscription = Subscription.objects.create(
        **{"account": fields.get("account") or make_account()} | defaults | fields
    )
    start = subscription.start_date
    segment = {
        "starts_on": start,
        "anchor_date": anchor_for(start, offer.period_unit, offer.period_count, offer.alignment),
        "billed_through": start,
        "quantity": 1,
    }
    return Item.objects.create(
        subscription=subscription, account=subscription.account, offer=offer, **segment | item
    )


def make_charge(**fields: Any) -> Charge:
    """A manual charge of 100.00 on a new account, billable since 1 January 2026."""
    quantity, unit_price = Decimal(fields.pop("quantity", 1)), Decimal(fields.pop("unit_price", 100))
    defaults = {
        "account": fields.get("account") or make_account(),
        "product": fields.get("product") or make_product(),
        "kind": "manual",
        "label": "Prestation",
        "currency": "EUR",
        "quantity": quantity,
        "unit_price": unit_price,
        "amount": quantity * unit_price,
        "billable_on": dt.date(2026, 1, 1),
    }
    return Charge.objects.create(**defaults | fields)


def make_approved_invoice(
    account: BillingAccount | None = None,
    *charges: Charge,
    net: str = "100",
    tax: Tax | None = None,
    deferred: Collection[str] = (),
) -> Invoice:
    """A sealed draft of the account over these charges, else over a new one of `net`; at 20 % unless told.

    The VAT of the `deferred` tax classes waits until it is paid.
    """
    account, tax = account or make_account(), tax or make_tax()
    charges = charges or (make_charge(account=account, unit_price=net),)
    invoice_id = sql.reserve_ids(Invoice, 1)
    taxes, ids = (
        Taxes(lambda _: _resolved(tax), frozenset(deferred)),
        (invoice_id, sql.reserve_ids(Line, len(charges))),
    )
    made = draft(_heading(account), [_open(charge) for charge in charges], taxes, ids)
    sql.copy_text(Invoice, (*INVOICE_COLUMNS, *UNSEALED_COLUMNS), [made.invoice])
    sql.copy_text(Line, LINE_COLUMNS, made.lines)
    sql.copy_text(InvoiceTax, TAX_COLUMNS, made.taxes)
    load.claims(made.claims)
    return Invoice.objects.get(pk=invoice_id)


def issue_invoice(invoice: Invoice, issue_date: dt.date = JANUARY) -> Invoice:
    """The approved draft or credit note is posted and issued."""
    install_chart()
    with transaction.atomic():
        drafts = lock_approved([invoice.pk])
        post_invoices(invoice_ids=[invoice.pk], date=issue_date)
        number(drafts, issue_date)
    invoice.refresh_from_db()
    return invoice


def make_issued_invoice(account: BillingAccount | None = None, *charges: Charge, **fields: Any) -> Invoice:
    """An issued invoice of 100.00 and 20.00 of VAT, on 31 January 2026."""
    issue_date = fields.pop("issue_date", JANUARY)
    return issue_invoice(make_approved_invoice(account, *charges, **fields), issue_date)


def make_credit_note(invoice: Invoice, issue_date: dt.date = JANUARY) -> Invoice:
    """An issued credit note of the whole invoice, laid on nothing."""
    return issue_invoice(Invoice.objects.get(pk=draft_credit_note(invoice.pk, reason="Erreur")), issue_date)


def make_payment(account: BillingAccount | None = None, amount_minor: int = 12_000, **fields: Any) -> Payment:
    """A transfer on 31 March 2026, booked, laid on nothing."""
    install_chart()
    account = account or make_account()
    receipt = {"method": "transfer", "currency": "EUR", "received_on": MARCH, "reference": "VIR 1"} | fields
    with transaction.atomic():
        made = receive(actor=CLERK, account_id=account.pk, amount_minor=amount_minor, **receipt)
        post_payment(made.payment_id)
    return Payment.objects.get(pk=made.payment_id)


def make_run(**fields: Any) -> Run:
    """A mass run until 31 January 2026, just begun."""
    defaults = {"cutoff_date": JANUARY, "issue_date": JANUARY, "actor_kind": "user", "actor_label": "Claire"}
    return Run.objects.create(**defaults | fields)


def _heading(account: BillingAccount) -> Heading:
    (facts,) = billable.accounts(Part(0, 0, account.legal_entity_id, account.pk, account.pk))
    seller = account.legal_entity
    said = (
        seller.pk,
        None,
        False,
        0,
        seller.currency,
        "1.0000000000",
        None,
        seller.identity_id,
        "",
        clock.now(),
    )
    digest = sql.rows("invoice", "entity_facts", {"legal_entity_id": seller.pk})[0][2]
    parties = Parties(bytes(digest), bytes.fromhex(facts.buyer_digest.removeprefix(r"\\x")))
    return Heading(
        facts.account_id, NULL, 0, "invoice", NULL, NULL, facts.currency, record(said), facts.terms,
        parties_record(parties),
    )  # fmt: skip


def _resolved(tax: Tax) -> ResolvedTax:
    fields = ("kind", "rate", "label_fr", "label_en", "account")
    components = tax.components.order_by("position").values_list(*fields)
    return ResolvedTax(tax.pk, tax.category, tuple(ResolvedComponent(*row) for row in components))


def _open(charge: Charge) -> OpenCharge:
    charge.refresh_from_db()
    repeated = (
        charge.product_id, charge.label, charge.unit_price, charge.discount_percent, charge.discount_reason,
        charge.period_from, charge.period_to,
    )  # fmt: skip
    differing = (charge.quantity, charge.amount, charge.discount_amount)
    return OpenCharge(
        str(charge.pk),
        str(charge.account_id),
        NULL,
        charge.product.tax_class,
        *map(_said, differing),
        record(repeated),
    )


def _said(value: object) -> str:
    return record([value])


def make_cycle(**fields: Any) -> Cycle:
    """A monthly cycle since 31 January 2026, begun by hand."""
    n = next(_serial)
    defaults = {"code": f"Y{n}", "name_fr": f"Cycle {n}", "name_en": f"Cycle {n}", "first_day": JANUARY}
    given = defaults | fields
    return Cycle.objects.create(**{"next_day": given["first_day"]} | given)


def make_scope(*permissions: str, **fields: Any) -> Scope:
    """A clerk who sees everything, with these permissions."""
    defaults = {"actor": CLERK, "level": Level.EVERYTHING, "permissions": frozenset(permissions)}
    return Scope(**defaults | fields)


def make_rate(rate: str = "10.80", **fields: Any) -> ExchangeRate:
    """What one euro is worth in dirhams from the first of January on."""
    said = {
        "base": "EUR",
        "quote": "MAD",
        "valid_from": dt.date(2026, 1, 1),
        "source": "Banque centrale",
    } | fields
    return ExchangeRate.objects.create(rate=Decimal(rate), actor_kind="command", **said)


def make_document(invoice: Invoice | None = None) -> Document:
    """The document of an issued invoice, whose file nobody kept."""
    file = File.objects.create(
        sha256=f"{next(_serial):064x}", size_bytes=1, media_type="application/pdf", keep_until=JANUARY
    )
    return Document.objects.create(invoice=invoice or make_issued_invoice(), file=file)


def make_buyer_reference(account: BillingAccount | None = None, **fields: Any) -> BuyerReference:
    """The order 4500012345, which no account bears yet."""
    said = {"order_reference": "4500012345"} | fields
    return BuyerReference.objects.create(account=account or make_account(), **said)
