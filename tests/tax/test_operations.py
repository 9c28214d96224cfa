"""The taxes that every installation begins with."""

import datetime as dt

import pytest

from encaisse.kernel import clock
from encaisse.tax import france, models
from encaisse.tax.errors import GoodsDueOnDelivery, UnknownRegime
from encaisse.tax.operations import choose_regime, install_taxes
from tests.makers import CLERK, make_entity, make_identity

pytestmark = pytest.mark.django_db
JANUARY = dt.date(2026, 1, 1)


def test_installing_taxes_stores_each_with_its_components_and_the_rules():
    assert install_taxes() == len(france.TAXES) + len(france.RULES)

    assert models.Tax.objects.count() == 5
    assert list(models.Component.objects.filter(tax__code="FR-8.5").values_list("rate", "account")) == [
        (france.OVERSEAS.components[0].rate, "44571")
    ]


def test_installing_taxes_again_changes_nothing():
    install_taxes()

    assert install_taxes() == 0
    assert models.Rule.objects.count() == len(france.RULES)


def test_rules_that_a_company_changed_stay_as_they_are():
    install_taxes()
    models.Rule.objects.filter(region="ES-CN").update(valid_to=JANUARY)

    assert install_taxes() == 0
    assert models.Rule.objects.get(region="ES-CN").valid_to == JANUARY


def chosen(entity, tax_class, due_on, valid_from=JANUARY):
    return choose_regime(entity.pk, tax_class=tax_class, due_on=due_on, valid_from=valid_from, actor=CLERK)


def test_a_choice_is_a_row_and_choosing_what_holds_is_none():
    entity = make_entity()

    assert not chosen(entity, "service", "debits")
    assert chosen(entity, "service", "receipts")
    assert not chosen(entity, "service", "receipts")
    assert chosen(entity, "service", "debits", dt.date(2026, 7, 1))
    assert list(entity.vat_regimes.order_by("pk").values_list("due_on", "valid_from", "actor_label")) == [
        ("receipts", JANUARY, "Camille"),
        ("debits", dt.date(2026, 7, 1), "Camille"),
    ]


def test_the_first_choice_is_since_ever_and_the_next_since_today():
    entity = make_entity()

    with clock.stopped_at(dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)):
        chosen(entity, "service", "receipts", None)
        chosen(entity, "service", "debits", None)

    assert list(entity.vat_regimes.order_by("pk").values_list("due_on", "valid_from")) == [
        ("receipts", dt.date(2000, 1, 1)),
        ("debits", dt.date(2026, 7, 1)),
    ]


def test_a_french_seller_owes_the_vat_of_goods_on_delivery():
    with pytest.raises(GoodsDueOnDelivery):
        chosen(make_entity(), "goods-reduced", "receipts")

    assert chosen(make_entity(identity=make_identity(country="BE", postcode="1000")), "goods", "receipts")


def test_there_are_two_regimes():
    with pytest.raises(UnknownRegime):
        chosen(make_entity(), "service", "accruals")
