"""The bench of documents measures real files; its times are for `encaisse bench`."""

import pytest

from encaisse.bench.documents import run

pytestmark = pytest.mark.django_db


def test_the_bench_renders_what_it_counts():
    told = []

    case = run(count=3, rounds=2, say=told.append)

    assert (case["case"], case["items"], case["rounds"]) == ("documents", 3, 2)
    assert case["cpu_ms_per_item"] > 0
    assert told == ["1/2", "2/2"]
