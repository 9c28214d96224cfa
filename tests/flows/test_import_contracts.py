"""Offers and contracts come in from files."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from encaisse.catalog.models import Offer, PriceVersion, Product
from encaisse.flows.import_contracts import import_contracts
from encaisse.flows.import_customers import import_customers
from encaisse.flows.import_offers import import_offers
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.party.models import LegalEntity
from encaisse.subscription.models import Event, Item, Subscription
from tests.flows.files import SAMPLES, census, csv
from tests.makers import make_account, make_entity

ACTOR = Actor("command", None, "")
JANUARY, OCTOBER = dt.date(2026, 1, 1), dt.date(2026, 10, 1)
OFFER = {
    "Offre": "FIBRE",
    "Désignation": "Fibre",
    "Produit": "ACCES",
    "Libellé du produit": "Accès",
    "Nature fiscale": "Service",
    "Compte de produits": "706200",
    "Périodicité": "Mensuelle",
    "Terme": "À échoir",
    "Prix unitaire HT": "49,90",
}
CONTRACT = {
    "Contrat": "K1",
    "Code client": "C1",
    "Offre": "FIBRE",
    "Quantité": "2",
    "Début": "15/01/2026",
    "Fin": "",
    "Prix unitaire HT": "45",
    "Remise %": "10",
}


@pytest.fixture
def entity(db: None) -> LegalEntity:
    entity = make_entity()
    make_account(reference="C1", legal_entity=entity)
    return entity


def sell(*offers, valid_from=JANUARY):
    return import_offers(csv(*offers), file_name="offers.csv", actor=ACTOR, valid_from=valid_from)


def sign(entity, *contracts, **order):
    return import_contracts(
        csv(*contracts), legal_entity_id=entity.pk, file_name="contrats.csv", actor=ACTOR, **order
    )


def counts(report):
    return report.created, report.updated, report.unchanged, report.refused


def held():
    """The segment that the contract holds last."""
    return Item.objects.select_related("subscription", "offer").get(ends_on=None)


def reasons(report):
    return [(error.column, error.code) for error in report.errors]


def test_the_samples_bring_five_offers_and_1587_contracts_and_change_nothing_again(db):
    entity = make_entity()
    order = {"actor": ACTOR, "file_name": "sample"}
    import_customers(SAMPLES / "clients.csv", legal_entity_id=entity.pk, **order)
    offers = import_offers(SAMPLES / "offers.csv", **order)
    with CaptureQueriesContext(connection) as statements:
        contracts = import_contracts(
            SAMPLES / "contrats.xlsx", legal_entity_id=entity.pk, billed_through=OCTOBER, **order
        )

    assert len(statements) < 60
    assert (counts(offers), counts(contracts)) == ((5, 0, 0, 0), (1587, 0, 0, 0))
    assert (Product.objects.count(), Offer.objects.count(), PriceVersion.objects.count()) == (4, 5, 5)
    before = census("party", "catalog", "subscription")
    assert counts(import_offers(SAMPLES / "offers.csv", **order)) == (0, 0, 5, 0)
    again = import_contracts(SAMPLES / "contrats.xlsx", legal_entity_id=entity.pk, **order)
    assert counts(again) == (0, 0, 1587, 0)
    assert census("party", "catalog", "subscription") == before


def test_contracts_of_customers_that_were_refused_say_so(entity):
    sell(OFFER)

    report = sign(entity, CONTRACT, CONTRACT | {"Contrat": "K2", "Code client": "C00534"})

    assert counts(report) == (1, 0, 0, 1)
    assert reasons(report) == [("Code client", "customer_unknown")]


def test_contracts_of_another_legal_entitys_customers_are_refused(entity):
    sell(OFFER)

    assert reasons(sign(make_entity(), CONTRACT)) == [("Code client", "customer_unknown")]


def test_contracts_on_what_nobody_sells_are_refused(entity):
    assert reasons(sign(entity, CONTRACT)) == [("Offre", "offer_unknown")]


def test_a_contract_holds_its_offer_at_its_own_price_from_its_first_day(entity):
    sell(OFFER)

    sign(entity, CONTRACT | {"Fin": "31/12/2026"})

    item = Item.objects.select_related("subscription").get()
    assert (item.quantity, item.unit_price, item.discount_percent) == (2, 45, 10)
    assert (item.billed_through, item.subscription.start_date) == (dt.date(2026, 1, 15),) * 2
    assert item.subscription.end_date == dt.date(2027, 1, 1)
    assert item.subscription.account.reference == "C1"


@pytest.mark.parametrize(
    ("timing", "cell", "option", "billed_through"),
    [
        ("À échoir", "", None, dt.date(2026, 1, 15)),
        ("À échoir", "", OCTOBER, dt.date(2026, 10, 15)),
        ("Échu", "", OCTOBER, dt.date(2026, 9, 15)),
        ("À échoir", "14/08/2026", OCTOBER, dt.date(2026, 8, 15)),
        ("Échu", "14/08/2026", OCTOBER, dt.date(2026, 8, 15)),
        ("À échoir", "", dt.date(2025, 1, 1), dt.date(2026, 1, 15)),
    ],
)
def test_what_was_billed_elsewhere_is_never_billed_here(entity, timing, cell, option, billed_through):
    sell(OFFER | {"Terme": timing})

    sign(entity, CONTRACT | {"Facturé jusqu'au": cell}, billed_through=option)

    assert Item.objects.get().billed_through == billed_through


def test_a_changed_contract_changes_from_its_next_period_on(entity):
    sell(OFFER, OFFER | {"Offre": "FIBRE+", "Prix unitaire HT": "64,90"})
    sign(entity, CONTRACT, billed_through=OCTOBER)

    report = sign(
        entity, CONTRACT | {"Offre": "FIBRE+", "Quantité": "3", "Prix unitaire HT": "", "Fin": "31/12/2026"}
    )

    item = held()
    assert counts(report) == (0, 1, 0, 0)
    assert (item.offer.code, item.quantity, item.unit_price) == ("FIBRE+", 3, None)
    assert item.subscription.end_date == dt.date(2027, 1, 1)
    assert (item.starts_on, item.billed_through) == (dt.date(2026, 10, 15),) * 2
    assert item.anchor_date == dt.date(2026, 1, 15)
    before = Item.objects.get(quantity=2)
    assert (before.starts_on, before.ends_on) == (dt.date(2026, 1, 15), dt.date(2026, 10, 15))
    assert before.closed_by == item.opened_by == Event.objects.get(kind="change")


def test_billed_through_only_moves_on(entity):
    sell(OFFER)
    sign(entity, CONTRACT, billed_through=OCTOBER)

    sign(entity, CONTRACT | {"Facturé jusqu'au": "14/03/2026", "Quantité": "5"})
    assert held().billed_through == dt.date(2026, 10, 15)

    sign(entity, CONTRACT | {"Facturé jusqu'au": "14/11/2026", "Quantité": "5"})
    assert held().billed_through == dt.date(2026, 11, 15)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"Code client": "C2"}, "Code client"),
        ({"Début": "16/01/2026"}, "Début"),
        ({"Offre": "YEARLY"}, "Offre"),
    ],
)
def test_a_contract_keeps_its_account_its_first_day_and_its_periods(entity, changes, column):
    make_account(reference="C2", legal_entity=entity)
    sell(OFFER, OFFER | {"Offre": "YEARLY", "Périodicité": "Annuelle"})
    sign(entity, CONTRACT)
    before = census("subscription")

    assert reasons(sign(entity, CONTRACT | changes)) == [(column, "fixed_by_contract")]
    assert census("subscription") == before


def test_a_contract_that_is_over_never_changes(entity):
    sell(OFFER)
    sign(entity, CONTRACT)
    Subscription.objects.update(state="ended")

    assert counts(sign(entity, CONTRACT)) == (0, 0, 1, 0)
    assert reasons(sign(entity, CONTRACT | {"Quantité": "9"})) == [("Contrat", "contract_over")]


def test_columns_that_the_file_has_not_stay_as_they_are(entity):
    sell(OFFER)
    sign(entity, CONTRACT | {"Fin": "31/12/2026"})
    few = {name: CONTRACT[name] for name in ("Contrat", "Code client", "Offre", "Début")}

    sign(entity, few | {"Quantité": "4"})

    item = held()
    assert (item.quantity, item.unit_price, item.discount_percent) == (4, 45, 10)
    assert Item.objects.get(quantity=2).ends_on == item.starts_on == dt.date(2026, 1, 15)
    assert item.subscription.end_date == dt.date(2027, 1, 1)


def test_a_dry_run_of_contracts_writes_nothing(entity):
    sell(OFFER)
    before = census("subscription", "intake", "kernel")

    assert counts(sign(entity, CONTRACT, dry_run=True)) == (1, 0, 0, 0)
    assert census("subscription", "intake", "kernel") == before


def test_a_new_price_is_a_new_version_and_the_same_price_is_not(entity):
    sell(OFFER)
    sign(entity, CONTRACT | {"Prix unitaire HT": ""})

    assert counts(sell(OFFER, valid_from=OCTOBER)) == (0, 0, 1, 0)
    assert counts(sell(OFFER | {"Prix unitaire HT": "55"}, valid_from=OCTOBER)) == (0, 1, 0, 0)

    assert list(PriceVersion.objects.order_by("valid_from").values_list("valid_from", "unit_price")) == [
        (JANUARY, Decimal("49.90")),
        (OCTOBER, Decimal(55)),
    ]
    sign(entity, CONTRACT | {"Contrat": "K2", "Prix unitaire HT": "", "Début": "01/11/2026"})
    assert list(Item.objects.values_list("unit_price", flat=True)) == [None, None]


def test_a_price_that_is_set_for_a_day_never_changes(db):
    sell(OFFER)

    report = sell(OFFER | {"Prix unitaire HT": "55"})

    assert reasons(report) == [("Prix unitaire HT", "price_fixed_for_day")]
    assert report.errors[0].facts == {"valid_from": "2026-01-01"}


def test_records_that_contradict_each_other_on_a_product_are_refused(db):
    unnamed = {name: value for name, value in OFFER.items() if name != "Libellé du produit"}
    report = sell(
        unnamed | {"Libellé du produit": ""},
        OFFER | {"Offre": "B"},
        OFFER | {"Offre": "C", "Libellé du produit": "Autre"},
        OFFER | {"Offre": "D", "Compte de produits": "707"},
    )

    assert counts(report) == (2, 0, 0, 2)
    assert reasons(report) == [
        ("Libellé du produit", "product_contradicted"),
        ("Compte de produits", "product_contradicted"),
    ]
    assert Product.objects.get().name_fr == "Accès"
    assert Offer.objects.count() == 2


def test_an_offer_and_its_product_may_be_named_anew(db):
    sell(OFFER)

    renamed = OFFER | {"Désignation": "Fibre Pro", "Libellé du produit": "Internet"}

    assert counts(sell(renamed)) == (0, 1, 0, 0)
    assert counts(sell(renamed)) == (0, 0, 1, 0)
    assert (Offer.objects.get().name_fr, Product.objects.get().name_fr) == ("Fibre Pro", "Internet")
    assert PriceVersion.objects.count() == 1


def test_offers_are_shared_so_a_role_of_one_legal_entity_may_not_bring_them(entity):
    may = frozenset({"import"})
    limited = Scope(ACTOR, Level.EVERYTHING, entity_ids=frozenset({entity.pk}), permissions=may)

    with pytest.raises(NotPermitted):
        import_offers(csv(OFFER), file_name="x", actor=ACTOR, scope=limited)
    assert import_offers(
        csv(OFFER), file_name="x", actor=ACTOR, scope=Scope(ACTOR, Level.EVERYTHING, permissions=may)
    )
    with pytest.raises(NotFound):
        sign(make_entity(), CONTRACT, scope=limited)


def test_a_workbook_is_recognised_by_its_content(entity):
    with (SAMPLES / "contrats.xlsx").open("rb") as stream:
        content = io.BytesIO(stream.read())

    report = import_contracts(content, legal_entity_id=entity.pk, file_name="contrats.csv", actor=ACTOR)

    assert report.refused == 1587
    assert len(report.errors) == 1587


MORE = {
    "Remise %": "",
    "Montant de remise": "5",
    "Motif de remise": "Fidélité",
    "Bon de commande": "BC-7",
    "Durée en mois": "12",
    "Préavis en jours": "60",
    "Reconduction": "tacite",
}


def test_a_contract_comes_in_with_its_discount_its_order_and_its_term(entity):
    sell(OFFER)

    sign(entity, CONTRACT | MORE, CONTRACT | MORE | {"Contrat": "K2"})

    item = Item.objects.select_related("subscription__buyer_reference").first()
    contract = item.subscription
    assert (item.discount_percent, item.discount_amount, item.discount_reason) == (0, 5, "Fidélité")
    assert (contract.term_months, contract.notice_days, contract.renewal) == (12, 60, "automatic")
    assert contract.end_date == dt.date(2027, 1, 15)
    assert contract.buyer_reference.order_reference == "BC-7"
    assert {each.buyer_reference_id for each in Subscription.objects.all()} == {contract.buyer_reference_id}


def test_a_renewed_contract_keeps_its_end_and_what_the_file_leaves_out(entity):
    sell(OFFER)
    sign(entity, CONTRACT | MORE)
    Subscription.objects.update(end_date=dt.date(2028, 1, 15))

    assert counts(sign(entity, CONTRACT | MORE | {"Bon de commande": "BC-8"})) == (0, 1, 0, 0)
    few = {name: CONTRACT[name] for name in ("Contrat", "Code client", "Offre", "Début", "Quantité", "Fin")}
    assert counts(sign(entity, few | {"Prix unitaire HT": "45"})) == (0, 0, 1, 0)

    contract = Subscription.objects.select_related("buyer_reference").get()
    assert contract.end_date == dt.date(2028, 1, 15)
    assert contract.buyer_reference.order_reference == "BC-8"
    assert held().discount_amount == 5


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"Remise %": "10"}, "Montant de remise", "discount_twice"),
        ({"Durée en mois": ""}, "Reconduction", "renewal_without_term"),
        ({"Durée en mois": "0"}, "Durée en mois", "number_out_of_range"),
        ({"Durée en mois": "1,5"}, "Durée en mois", "too_many_decimals"),
        ({"Reconduction": "peut-être"}, "Reconduction", "choice_unknown"),
    ],
)
def test_terms_that_make_no_sense_are_refused_at_their_column(entity, changes, column, code):
    sell(OFFER)

    assert reasons(sign(entity, CONTRACT | MORE | changes)) == [(column, code)]
