"""Rates are recorded by hand or by file; the newest record of the latest day counts, whichever way round."""

import datetime as dt
import io
from decimal import Decimal

import pytest

from encaisse.currency import queries
from encaisse.currency.errors import NoRateRecorded, RateNotPositive, RateOfOneCurrency, RateWithoutSource
from encaisse.currency.models import ExchangeRate
from encaisse.currency.operations import record_rate
from encaisse.currency.rules import Told
from encaisse.flows.import_rates import import_rates
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.models import Event
from tests.makers import CLERK, make_entity, make_rate, make_scope

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 1, 1)
TOLD = Told("EUR", "MAD", 1, Decimal("10.80"), DAY, "Banque centrale")
FILE = """Devise;Base;Unités;Taux;Date;Source
MAD;;;10,80;01/01/2026;Banque centrale
MAD;EUR;1;10,95;2026-01-15;Banque centrale
EUR;XOF;1 000;1,5245;01/01/2026;Parité
EUR;EUR;;1;01/01/2026;Personne
ABC;;;0;32/01/2026;
"""


def in_force(on: dt.date) -> str:
    return f"{queries.rate_on('MAD', 'EUR', on).rate.normalize():f}"


def test_the_newest_record_of_the_latest_day_counts():
    make_rate("10.80")
    make_rate("10.95", valid_from=dt.date(2026, 1, 15))
    make_rate("10.90", valid_from=dt.date(2026, 1, 15))
    make_rate("0.09", base="MAD", quote="EUR", valid_from=dt.date(2026, 1, 20))

    assert [in_force(dt.date(2026, 1, day)) for day in (1, 14, 15, 20)] == ["10.8", "10.8", "10.9", "0.09"]
    with pytest.raises(NoRateRecorded) as refused:
        in_force(dt.date(2025, 12, 31))
    assert refused.value == NoRateRecorded("MAD", "EUR", dt.date(2025, 12, 31))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"quote": "EUR"}, RateOfOneCurrency),
        ({"rate": Decimal(0)}, RateNotPositive),
        ({"units": 0}, RateNotPositive),
        ({"source": " "}, RateWithoutSource),
    ],
)
def test_what_is_no_rate_is_refused(changes, refusal):
    with pytest.raises(refusal):
        record_rate(make_scope("configure"), TOLD._replace(**changes))

    assert not ExchangeRate.objects.exists()


def test_only_who_sees_every_legal_entity_records_a_rate():
    some = make_scope("configure", entity_ids=frozenset({make_entity().pk}))

    with pytest.raises(NotPermitted):
        record_rate(some, TOLD)


def test_a_file_brings_rates_once_and_says_what_is_wrong_with_the_others():
    order = {"file_name": "taux.csv", "actor": CLERK}

    first = import_rates(io.BytesIO(FILE.encode()), **order)
    again = import_rates(io.BytesIO(FILE.encode()), **order)
    newer = import_rates(io.BytesIO(FILE.replace("10,95", "10,97").encode()), **order)

    assert (first.created, first.updated, first.refused) == (3, 0, 2)
    assert [(error.record, error.column, error.code) for error in first.errors] == [
        (5, "Devise", "rate_of_one_currency"), (6, "Devise", "unknown_currency"), (6, "Taux", "number_out_of_range"),
        (6, "Date", "date_invalid"), (6, "Source", "value_missing"),
    ]  # fmt: skip
    assert (again.created, again.unchanged) == (0, 3)
    assert (newer.updated, newer.unchanged) == (1, 2)
    assert in_force(dt.date(2026, 1, 20)) == "10.97"
    assert queries.rate_on("EUR", "XOF", DAY).units == 1000
    assert Event.objects.filter(topic="rate.recorded").count() == 4
