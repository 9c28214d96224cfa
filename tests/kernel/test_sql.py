"""The runner: statements from files, blocks of ids, and rows by COPY."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.db import IntegrityError, connection

from encaisse.kernel import sql
from encaisse.kernel.models import Event, OutboxMessage
from encaisse.tax.models import Component
from tests.makers import make_tax


class ComponentRow(NamedTuple):
    """A component of a tax, as it is loaded here."""

    tax_id: int
    position: int
    label_fr: str
    label_en: str
    rate: Decimal
    kind: str
    account: str
    in_base: bool


@pytest.mark.django_db
def test_ids_are_reserved_one_after_the_other() -> None:
    first = sql.reserve_ids(Event, 5)

    assert sql.reserve_ids(Event, 3) == first + 5
    assert sql.reserve_ids(Event, 1) == first + 8


@pytest.mark.django_db
def test_no_id_is_reserved_when_none_is_asked_for() -> None:
    first = sql.reserve_ids(Event, 1)

    assert sql.reserve_ids(Event, 0) == 0
    assert sql.reserve_ids(Event, 1) == first + 1


@pytest.mark.django_db
def test_each_table_has_ids_of_its_own() -> None:
    before = sql.reserve_ids(OutboxMessage, 1)
    sql.reserve_ids(Event, 100)

    assert sql.reserve_ids(OutboxMessage, 1) == before + 1


def test_blocks_are_whole_however_many_reserve_at_once(fresh_database) -> None:
    workers, turns, size = 6, 15, 40
    together = threading.Barrier(workers)

    def reserve(_: int) -> list[int]:
        try:
            together.wait()
            return [sql.reserve_ids(Event, size) for _ in range(turns)]
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        firsts = [first for found in pool.map(reserve, range(workers)) for first in found]
    taken = [number for first in firsts for number in range(first, first + size)]

    assert len(taken) == len(set(taken)) == workers * turns * size


@pytest.mark.django_db
def test_rows_go_in_by_one_copy_in_the_order_of_their_fields() -> None:
    tax = make_tax()
    row = ComponentRow(tax.pk, 2, "Octroi\tde mer", "Dock\\dues", Decimal("2.5"), "vat", "", False)

    assert sql.copy_rows(Component, ComponentRow, [row]) == 1
    stored = Component.objects.get(tax=tax, position=2)
    assert (stored.label_fr, stored.label_en, stored.rate) == ("Octroi\tde mer", "Dock\\dues", Decimal("2.5"))


@pytest.mark.django_db
def test_a_copy_of_nothing_is_nothing() -> None:
    assert sql.copy_rows(Component, ComponentRow, []) == 0


@pytest.mark.django_db
def test_a_statement_file_returns_the_rows_that_it_finds() -> None:
    assert sql.rows("invoice", "stored_lines", {"ids": [404]}) == []
    assert sql.binary_rows("invoice", "stored_lines", {"ids": [404]}) == []


@pytest.mark.django_db
def test_what_the_database_refuses_is_djangos_error_whichever_way_it_was_asked() -> None:
    tax = make_tax()
    again = ComponentRow(tax.pk, 1, "TVA", "VAT", Decimal(20), "vat", "", False)

    with pytest.raises(IntegrityError):
        sql.copy_rows(Component, ComponentRow, [again])


def test_a_field_of_copys_text_is_read_as_it_was_stored() -> None:
    assert sql.plain(r"a\tb\nc\\td\r\v\b\f") == "a\tb\nc\\td\r\v\b\f"
    assert sql.plain("30,00\N{NO-BREAK SPACE}€") == "30,00\N{NO-BREAK SPACE}€"
