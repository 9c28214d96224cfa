"""What models and rules both name."""

from encaisse.catalog import models, rules


def test_models_and_rules_know_the_same_timings_and_periods():
    assert models.Timing.values == [timing.value for timing in rules.Timing]
    periods = models.PriceVersion._meta.get_field("period_unit").choices
    assert [value for value, _ in periods] == [unit.value for unit in rules.PeriodUnit]
