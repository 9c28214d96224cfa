"""What models and rules both name."""

import pytest

from encaisse.catalog import models
from encaisse.catalog.rules import periods, pricing


@pytest.mark.parametrize(
    ("stored", "pure"),
    [
        (models.PeriodUnit, periods.PeriodUnit),
        (models.Timing, periods.Timing),
        (models.PriceModel, pricing.PriceModel),
    ],
)
def test_models_and_rules_know_the_same_words(stored, pure):
    assert stored.values == [word.value for word in pure]
