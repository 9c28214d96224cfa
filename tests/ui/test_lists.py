"""Lists: whatever an address holds, the answer makes sense."""

import datetime as dt
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.ui.lists import Column, Filter, Kind, Listing, Page, Sort
from encaisse.ui.shapes import Money


class Row(NamedTuple):
    """One row of a query."""

    number: str
    gross_minor: int
    currency: str


LISTING = Listing(
    columns=(
        Column("number", "Number", Kind.CODE, sortable=True, link=lambda row: f"/invoices/{row.number}"),
        Column("gross_minor", "Total", Kind.MONEY),
    ),
    filters=(
        Filter("q", "Search"),
        Filter("state", "State", (("draft", "Draft"), ("issued", "Issued"))),
        Filter("since", "Since", kind=Kind.DATE),
    ),
    sort=Sort("number", descending=True),
    size=2,
)
ROWS = (Row("F1", 33499, "EUR"), Row("F2", 78500, "XOF"))


def test_an_empty_address_asks_for_the_first_page_in_the_first_order() -> None:
    asked = LISTING.asked({})

    assert asked.sort == Sort("number", descending=True)
    assert asked.page == Page(1, 2)
    assert asked.filters == {}


def test_sort_page_and_filters_are_read_from_the_address() -> None:
    asked = LISTING.asked(
        {"sort": "number", "page": "3", "q": " pont ", "state": "issued", "since": "2025-11-21"}
    )

    assert asked.sort == Sort("number")
    assert (asked.page.number, asked.page.offset) == (3, 4)
    assert asked.text("q") == "pont"
    assert asked.text("state") == "issued"
    assert asked.date("since") == dt.date(2025, 11, 21)


@pytest.mark.parametrize(
    "address",
    [
        {"sort": "gross_minor"},
        {"sort": "password"},
        {"sort": "--number"},
        {"page": "0"},
        {"page": "-4"},
        {"page": "one"},
        {"page": "²"},
        {"state": "'; DROP TABLE"},
        {"since": "2025-02-30"},
        {"unknown": "1"},
    ],
)
def test_what_makes_no_sense_is_left_out(address) -> None:
    assert LISTING.asked(address) == LISTING.asked({})


def test_a_search_is_cut_and_freed_of_what_postgresql_refuses() -> None:
    asked = LISTING.asked({"q": "a\0b" + "c" * 500})

    assert asked.text("q").startswith("abc")
    assert len(asked.text("q")) == 200


@given(st.dictionaries(st.sampled_from(["sort", "page", "after", "q", "state", "since"]), st.text()))
def test_any_address_gives_a_valid_page(address) -> None:
    asked = LISTING.asked(address)

    assert asked.page.offset >= 0
    assert asked.sort in (Sort("number"), Sort("number", descending=True))
    assert "\0" not in "".join(asked.filters.values())


def test_a_table_keeps_its_filters_from_page_to_page() -> None:
    asked = LISTING.asked({"q": "pont", "page": "2"})
    table = LISTING.table(asked, ROWS, total=7)

    assert (table.first, table.last) == (3, 4)
    assert table.previous_url == "?sort=-number&q=pont"
    assert table.next_url == "?sort=-number&q=pont&page=3"
    assert table.is_filtered


def test_the_last_page_leads_nowhere() -> None:
    table = LISTING.table(LISTING.asked({"page": "4"}), ROWS[:1], total=7)

    assert table.next_url == ""
    assert table.previous_url == "?sort=-number&page=3"


def test_a_list_too_long_to_count_goes_on_by_key() -> None:
    table = LISTING.table(LISTING.asked({"after": "F9"}), ROWS, next_after="F2")

    assert table.next_url == "?sort=-number&after=F2"
    assert table.previous_url == "?sort=-number"


def test_a_second_click_on_a_head_turns_the_order_around() -> None:
    up = LISTING.table(LISTING.asked({"sort": "number", "q": "pont", "page": "5"}), ROWS).headers()
    down = LISTING.table(LISTING.asked({}), ROWS).headers()

    assert (up[0].sort_url, up[0].sorted) == ("?sort=-number&q=pont", "ascending")
    assert (down[0].sort_url, down[0].sorted) == ("?sort=number", "descending")
    assert up[1].sort_url == ""


def test_cells_carry_value_link_and_currency() -> None:
    first = LISTING.table(LISTING.asked({}), ROWS, select="number").lines()[0]

    assert first.key == "F1"
    assert (first.cells[0].value, first.cells[0].url) == ("F1", "/invoices/F1")
    assert first.cells[1].value == Money(33499, "EUR")
