"""The bench of documents measures real files; its times are for `encaisse bench`."""

import pytest

from encaisse.bench.documents import run

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["render", "schematron"])
def test_the_bench_does_what_it_counts(name):
    told = []

    case = run(count=3, rounds=2, say=told.append, case=name)

    assert (case["case"], case["items"], case["rounds"]) == (f"documents-{name}", 3, 2)
    assert case["cpu_ms_per_item"] > 0
    assert told == ["1/2", "2/2"]
