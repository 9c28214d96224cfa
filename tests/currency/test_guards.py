"""Exchange rates under attack by raw SQL."""

import pytest

from encaisse.currency.models import ExchangeRate
from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_rate

ATTACKS = [
    Attack("exchange_rate_is_positive", copied("currency_exchangerate", "rate", rate=0)),
    Attack("exchange_rate_is_positive", copied("currency_exchangerate", "rate", units=0)),
    Attack("exchange_rate_joins_two_currencies", copied("currency_exchangerate", "rate", quote="EUR")),
    Attack("exchange_rate_says_its_source", copied("currency_exchangerate", "rate", source="")),
    Attack(
        "currency_exchangerate_append_only",
        "UPDATE currency_exchangerate SET rate = 11 WHERE id = %(rate)s",
    ),
    Attack("currency_exchangerate_append_only", "DELETE FROM currency_exchangerate WHERE id = %(rate)s"),
]


@pytest.fixture(scope="module")
def story(shared_database):
    make_rate("10.80")
    return {"rate": ExchangeRate.objects.get().pk}


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(story, attack):
    assert_guarded(attack, story)
