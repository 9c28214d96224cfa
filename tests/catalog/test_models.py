"""What models and rules both name."""

import pytest

from encaisse.catalog import models
from encaisse.catalog.rules import periods


@pytest.mark.parametrize("name", ["PeriodUnit", "Timing"])
def test_models_and_rules_know_the_same_words(name):
    assert getattr(models, name).values == [word.value for word in getattr(periods, name)]
