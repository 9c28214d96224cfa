"""The taxes that every installation begins with."""

import pytest

from encaisse.tax import france, models
from encaisse.tax.operations import install_taxes

pytestmark = pytest.mark.django_db


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
    models.Rule.objects.filter(postcode_prefix="35").delete()

    assert install_taxes() == 0
    assert not models.Rule.objects.filter(postcode_prefix="35").exists()
