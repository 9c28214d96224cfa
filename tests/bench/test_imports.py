"""The bench of imports measures what it says, at a small size."""

import pytest

from encaisse.bench.imports import run


@pytest.mark.django_db
def test_five_hundred_customers_come_in_twice_over_and_are_all_there():
    told = run(customers=500, rounds=2)

    assert (told["case"], told["items"], told["rounds"]) == ("customers imported", 500, 2)
