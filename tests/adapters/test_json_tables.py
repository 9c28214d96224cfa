"""Records as JSON, a line each or in one array: exact values, or a typed refusal."""

import datetime as dt
import io
import json
import tracemalloc
from decimal import Decimal
from pathlib import Path

import pytest

from encaisse.adapters.tables import (
    HeadingRepeated,
    Record,
    Table,
    TableTooLarge,
    TableUnreadable,
)
from encaisse.adapters.tabular import open_table

SAMPLES = Path(__file__).parents[2] / "samples"


def table(content: str | bytes) -> Table:
    return open_table(io.BytesIO(content if isinstance(content, bytes) else content.encode()))


def cells(content: str) -> list[list[object]]:
    return [list(record.cells.values()) for record in table(content).records()]


@pytest.mark.parametrize(
    "content",
    [
        '{"id": "a", "n": 1.50}\n\n{"n": null, "id": "b", "ok": true}\n',
        '\ufeff{"id": "a", "n": 1.50}\r\n\r\n{"n": null, "id": "b", "ok": true}',
        ' [ {"id": "a", "n": 1.50},\n {"n": null, "id": "b", "ok": true} ] \n',
    ],
)
def test_objects_are_records_whatever_they_stand_in(content):
    found = table(content)

    assert found.headings == ("id", "n", "ok")
    assert [list(record.cells.values()) for record in found.records()] == [
        ["a", Decimal("1.50"), ""],
        ["b", "", "true"],
    ]
    assert list(found.records()) == list(found.records())


def test_records_are_numbered_by_their_lines():
    assert [record.number for record in table('{"a": 1}\n\n{"a": 2}').records()] == [1, 3]


def test_the_sample_of_usage_is_read_whole():
    with (SAMPLES / "usage.jsonl").open("rb") as stream:
        found = open_table(stream)
        records = list(found.records())

    assert found.headings == ("id", "customer", "meter", "quantity", "at")
    assert len(records) == 10_001
    assert records[0] == Record(
        1,
        {
            "id": "1-evt-0000000",
            "customer": "C00902",
            "meter": "gb",
            "quantity": "45.534",
            "at": "2026-10-19T01:13:44+00:00",
        },
    )


def test_a_nested_value_is_told_and_kept_as_it_was_written():
    record = next(table('{"a": 1, "b": {"c": [1]}, "d": []}').records())

    assert record.nested == {"b", "d"}
    assert record.cells["b"] == '{"c": ["1"]}'


def test_numbers_are_exact_and_never_explode():
    assert cells('{"a": 0.1, "b": 12345678901234567890, "c": 1e9999999, "d": -Infinity}') == [
        [Decimal("0.1"), Decimal(12345678901234567890), "1e9999999", "-Infinity"]
    ]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        ('{"a": 1}\n{"a": ', TableUnreadable(reason="not_json", record=2)),
        ('{"a": 1}\n{"a": 1} {"a": 2}', TableUnreadable(reason="not_json", record=2)),
        ('{"a": 1}\nA;B', TableUnreadable(reason="not_json", record=2)),
        ('{"a": 1}\n[1]', TableUnreadable(reason="not_an_object", record=2)),
        ('{"a": 1}\n"text"', TableUnreadable(reason="not_an_object", record=2)),
        ('[{"a": 1}, 2]', TableUnreadable(reason="not_an_object", record=2)),
        ('[{"a": 1}, {"a"', TableUnreadable(reason="not_json", record=2)),
        ('[{"a": 1}] and more', TableUnreadable(reason="not_json", record=2)),
        ("[]", TableUnreadable(reason="empty")),
        ('{"a": ' * 50_000, TableUnreadable(reason="too_deep", record=1)),
        ("[" * 50_000, TableUnreadable(reason="too_deep", record=1)),
        ('{"a": "' + "x" * 2**20 + '"}', TableTooLarge(what="characters", limit=2**20)),
        ('[{"a": "' + "x" * 2**21 + '"}]', TableTooLarge(what="characters", limit=2**20)),
        ('{"a": 1, "b": 2, "a": 3}', HeadingRepeated(heading="a")),
        (
            json.dumps({f"c{number}": 1 for number in range(501)}),
            TableTooLarge(what="columns", limit=500),
        ),
        (b'{"a": "\x00"}', TableUnreadable(reason="not_text")),
    ],
)
def test_what_is_no_table_is_refused_naming_the_record(content, refusal):
    with pytest.raises(type(refusal)) as refused:
        table(content)

    assert refused.value == refusal


@pytest.mark.parametrize("form", ["{}\n", "{},"])
def test_memory_does_not_grow_with_the_file(form):
    line = json.dumps({"id": "un", "at": str(dt.date(2026, 1, 1)), "n": 12.5, "note": "x" * 1_000})
    content = form.replace("{}", line) * 4_000
    stream = io.BytesIO((content if form.endswith("\n") else f"[{content}]").encode())

    tracemalloc.start()
    assert sum(1 for _ in open_table(stream).records()) == 4_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < len(content) / 4
