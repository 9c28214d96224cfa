"""What came in from files, for those who may see it."""

import io

import pytest

from encaisse.intake import queries
from encaisse.intake.operations import take_in
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Actor, Level, Scope
from tests.intake.test_operations import WORDS

pytestmark = pytest.mark.django_db
CAMILLE, ZOE = Actor("user", 1, "Camille"), Actor("user", 2, "Zoé")


def bring(actor, content=b"Word\n\xc2\x80\n"):
    return take_in(io.BytesIO(content), WORDS, lambda part: [], file_name="words.csv", actor=actor).batch_id


@pytest.mark.parametrize(
    "limits",
    [
        {"level": Level.EVERYTHING, "entity_ids": frozenset({1})},
        {"level": Level.GROUPS, "rep_id": 1},
        {"level": Level.OWN, "rep_id": 1},
    ],
)
def test_who_sees_only_some_customers_sees_only_the_files_that_they_brought(limits):
    mine, others = bring(CAMILLE), bring(ZOE)
    scope = Scope(CAMILLE, **limits)

    assert [row.id for row in queries.batches(scope, window=Window()).rows] == [mine]
    for read in (queries.batch, queries.every_refused):
        with pytest.raises(NotFound):
            read(scope, others)
    with pytest.raises(NotFound):
        queries.refused(scope, others, window=Window())


def test_who_sees_everything_sees_every_file_newest_first():
    first, second = bring(CAMILLE), bring(ZOE)

    found = queries.batches(Scope(CAMILLE, Level.EVERYTHING), window=Window("-started_at"))

    assert ([row.id for row in found.rows], found.total) == ([second, first], 2)
    assert queries.batches(Scope(CAMILLE, Level.EVERYTHING), "customers", window=Window()).total == 0


def test_refused_records_come_in_the_files_order_with_all_their_reasons():
    key = bring(CAMILLE, b"Word;Note\n\xc2\x80;a\n\xc2\x80;b\n")
    scope = Scope(CAMILLE, Level.EVERYTHING)

    every = list(queries.every_refused(scope, key))

    assert [record.number for record in every] == [2, 3]
    assert every[0].record == {"Word": "\x80", "Note": "a"}
    assert [error.code for error in every[1].errors] == ["control_character", "reference_repeated"][::-1]
    assert queries.refused(scope, key, window=Window(size=1)).total == 2
