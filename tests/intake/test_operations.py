"""Batches, and what is kept of each record."""

import io
import threading
from typing import NamedTuple

import pytest
from django.db import connection, connections, transaction
from django.db.utils import DatabaseError
from hypothesis import given
from hypothesis import strategies as st

from encaisse.intake import models
from encaisse.intake.operations import SLICE, Kind, Refused, open_batch, take_in
from encaisse.intake.rules import Column, Reading, StagedRow, parse_text, ranges, stored
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor

ACTOR = Actor("user", 7, "Camille")


class Word(NamedTuple):
    """A row of one field."""

    reference: str


def read(record, columns):
    reading = Reading(record, columns)
    row = Word(reading.required("reference", parse_text, ""))
    return reading.errors or row


WORDS = Kind[Word]("words", (Column("reference", ("Word",), required=True), Column("note", ("Note",))), read)


def bring(content, save):
    return take_in(io.BytesIO(content), WORDS, save, file_name="words.csv", actor=ACTOR)


@pytest.mark.django_db
def test_every_record_is_kept_with_what_became_of_it():
    outcomes = [models.Outcome.CREATED, models.Outcome.UPDATED, Refused("note", NotFound(noun="note"))]

    report = bring(b"Word\none\ntwo\nthree\n\xc3\xa9\xc2\x80\n", lambda part: outcomes)

    assert (report.created, report.updated, report.unchanged, report.refused) == (1, 1, 0, 2)
    batch = models.Batch.objects.get(pk=report.batch_id)
    assert (batch.kind, batch.file_name, batch.actor_label, batch.state) == (
        "words",
        "words.csv",
        "Camille",
        "done",
    )
    assert len(batch.sha256) == 64
    kept = (
        models.Row.objects.filter(batch=batch)
        .order_by("number")
        .values_list("number", "outcome", "reference")
    )
    assert list(kept)[:3] == [(2, "created", "one"), (3, "updated", "two"), (4, "refused", "three")]
    errors = models.Row.objects.get(number=4).errors
    assert errors == [
        {"record": 4, "column": "Note", "value": "", "code": "not_found", "facts": {"noun": "note"}}
    ]


@pytest.mark.django_db
def test_a_long_file_is_saved_slice_by_slice():
    sizes = []

    def save(part):
        sizes.append(len(part.rows))
        return [models.Outcome.CREATED] * len(part.rows)

    words = "\n".join(["Word", *(f"w{number}" for number in range(2 * SLICE + 1))])
    report = bring(words.encode(), save)

    assert sizes == [SLICE, SLICE, 1]
    assert report.created == 2 * SLICE + 1


@pytest.mark.django_db
def test_a_reference_is_taken_once_per_file_even_by_a_refused_record_of_an_earlier_slice():
    words = ["Word", "\x80", *(f"w{number}" for number in range(SLICE)), "w0", "\x80", "w\u0301", "\u1e83"]

    report = bring("\n".join(words).encode(), lambda part: [models.Outcome.CREATED] * len(part.rows))

    last = SLICE + 3
    assert [(each.record, each.code, each.facts) for each in report.errors] == [
        (2, "control_character", {}),
        (last, "reference_repeated", {"first_record": 3}),
        (last + 1, "reference_repeated", {"first_record": 2}),
        (last + 1, "control_character", {}),
        (last + 3, "reference_repeated", {"first_record": last + 2}),
    ]


@pytest.mark.django_db
def test_what_the_file_has_no_column_for_is_told():
    told = []

    bring(b"Word\none\n", lambda part: [told.append(part.absent) or models.Outcome.CREATED])

    assert told == [frozenset({"note"})]


@pytest.mark.django_db
def test_a_batch_that_is_done_never_changes():
    report = bring(b"Word\n", lambda part: [])

    with pytest.raises(DatabaseError), transaction.atomic():
        models.Batch.objects.filter(pk=report.batch_id).update(created_count=5)


def test_the_character_that_the_database_refuses_is_replaced():
    assert stored({"A\0": "b\0c"}) == {"A\N{REPLACEMENT CHARACTER}": "b\N{REPLACEMENT CHARACTER}c"}


def test_loaded_rows_have_every_column():
    assert set(StagedRow._fields) == {field.column for field in models.Row._meta.concrete_fields}


def test_imports_wait_for_one_another(fresh_database):
    def other():
        open_batch(kind="words", file_name="", sha256="", encoding="", actor=ACTOR)
        connections.close_all()

    with transaction.atomic():
        open_batch(kind="words", file_name="", sha256="", encoding="", actor=ACTOR)
        thread = threading.Thread(target=other)
        thread.start()
        with connection.cursor() as cursor:
            waiting = 0
            while not waiting:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                waiting = cursor.fetchone()[0]
    thread.join(timeout=10)

    assert models.Batch.objects.count() == 2


@given(st.sets(st.integers(0, 60)))
def test_ranges_name_the_same_ids_and_never_touch(ids):
    found = ranges(sorted(ids))

    assert [key for first, last in found for key in range(first, last + 1)] == sorted(ids)
    assert all(after[0] > before[1] + 1 for before, after in zip(found, found[1:], strict=False))
