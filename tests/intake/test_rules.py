"""Headings, cells and whole files as rows or as errors."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.intake import errors
from encaisse.intake.rules import (
    Cell,
    Column,
    Reading,
    RowError,
    content_hash,
    harmless,
    match_columns,
    parse_choice,
    parse_currency,
    parse_date,
    parse_decimal,
    parse_lines,
    parse_text,
    plain,
    read_rows,
    stored,
    text_of,
)
from encaisse.kernel.errors import DomainError, UnknownCurrency

NBSP, NNBSP = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"
WANTED = (
    Column("reference", ("Code client", "Customer code"), required=True),
    Column("name", ("Raison sociale",), required=True),
    Column("since", ("Créé le", "Created on")),
)


class Line(NamedTuple):
    """A record as the tabular adapter makes them."""

    number: int
    cells: Mapping[str, Cell]
    extra: int = 0
    nested: frozenset[str] = frozenset()


def test_headings_match_without_case_accents_or_punctuation_in_both_languages():
    assert match_columns(["CODE-CLIENT ", "Notes", "raison  sociale", "cree le"], WANTED) == {
        "reference": "CODE-CLIENT ",
        "name": "raison  sociale",
        "since": "cree le",
    }
    assert match_columns(["Customer code", "Raison sociale"], WANTED)["reference"] == "Customer code"


def test_missing_columns_are_all_named():
    with pytest.raises(errors.ColumnsMissing) as refused:
        match_columns(["Créé le"], WANTED)

    assert refused.value.columns == ("Code client", "Raison sociale")


def test_two_headings_for_one_column_are_refused():
    with pytest.raises(errors.ColumnRepeated) as refused:
        match_columns(["Code client", "Customer code", "Raison sociale"], WANTED)

    assert refused.value.headings == ("Code client", "Customer code")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", "12"),
        ("-0,5", "-0.5"),
        ("64.90", "64.90"),
        (f"1{NBSP}000,00", "1000.00"),
        (f"12{NNBSP}345{NNBSP}678,9", "12345678.9"),
        ("1'234.50", "1234.50"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234.567,8", "1234567.8"),
        ("\N{MINUS SIGN}7", "-7"),
    ],
)
def test_numbers_are_read_in_the_french_and_in_the_english_manner(text, number):
    assert parse_decimal(text, lowest=Decimal(-100)) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["dix mille", "1 00", "1,2,3", "1.2.3", "", "NaN", "1e5", "--1", "1 000 00", "٣", "12 €"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(errors.NotANumber):
        parse_decimal(text)


def test_a_number_is_never_rounded_nor_out_of_range():
    with pytest.raises(errors.TooManyDecimals):
        parse_decimal("0,005", decimals=2)
    assert parse_decimal("2500,00", decimals=0) == 2500
    with pytest.raises(errors.NumberOutOfRange):
        parse_decimal("-1")
    with pytest.raises(errors.NumberOutOfRange):
        parse_decimal("9" * 60)


@given(st.decimals(min_value=0, max_value=10**13, places=6))
def test_an_exact_number_survives_its_text(number):
    assert parse_decimal(text_of(number)) == number


@pytest.mark.parametrize("text", ["17/10/2026", "17.10.2026", "17-10-2026", "2026-10-17", "20261017"])
def test_dates_are_day_first_or_year_first(text):
    assert parse_date(text) == dt.date(2026, 10, 17)


@pytest.mark.parametrize(
    "text",
    [
        "31/02/2020",
        "10/17/2026",
        "17/10/26",
        "17/10-2026",
        "46054",
        "01/01/0202",
        "x",
        "2026-W42-6",
        "2026-1017",
    ],
)
def test_what_is_no_date_of_the_calendar_is_refused(text):
    with pytest.raises(errors.DateInvalid):
        parse_date(text)


def test_text_is_composed_and_printable():
    assert parse_text(f"  E\N{COMBINING ACUTE ACCENT}lan{NBSP}") == "Élan"
    assert parse_text('=HYPERLINK("x")') == '=HYPERLINK("x")'
    with pytest.raises(errors.TextTooLong):
        parse_text("x" * 201)
    for unprintable in ("a\x00b", "a\nb", "a\x9fb", "a\ufffeb", "a\ud800b"):
        with pytest.raises(errors.ControlCharacter):
            parse_text(unprintable)


def test_a_cell_of_several_lines_gives_them():
    assert parse_lines("12 rue Haute\r\n\n 2e étage ") == ("12 rue Haute", "2e étage")


def test_choices_and_currencies_are_those_we_know():
    assert parse_choice("À échoir", {"a echoir": "advance"}) == "advance"
    with pytest.raises(errors.ChoiceUnknown):
        parse_choice("demain", {"a echoir": "advance"})
    assert parse_currency("xof") == "XOF"
    with pytest.raises(UnknownCurrency):
        parse_currency("EURO")


def test_plain_text_is_what_people_compare():
    assert plain("  N° TVA ") == "n tva"
    assert plain("Œuvre d’ÉTÉ") == "oeuvre d ete"


def read_line(record, columns):
    """The smallest reader: a reference, a name and a date."""
    reading = Reading(record, columns)
    row = (
        reading.required("reference", parse_text, ""),
        reading.required("name", parse_text, ""),
        reading.optional("since", parse_date, None),
    )
    return reading.errors or row


def test_a_record_keeps_all_its_errors_with_their_columns():
    columns = {"reference": "Code client", "name": "Raison sociale", "since": "Créé le"}
    line = Line(7, {"Code client": "C1", "Raison sociale": " ", "Créé le": "31/02/2020"})

    assert read_line(line, columns) == [
        RowError(7, "Raison sociale", "", "value_missing", {}),
        RowError(7, "Créé le", "31/02/2020", "date_invalid", {}),
    ]


def test_a_record_reads_the_same_from_the_file_and_from_the_staging_table():
    columns = {"reference": "Code client", "name": "Raison sociale", "since": "Créé le"}
    line = Line(2, {"Code client": Decimal("1001"), "Raison sociale": "a", "Créé le": dt.date(2026, 1, 2)})

    assert read_line(line, columns) == ("1001", "a", dt.date(2026, 1, 2))
    assert read_line(Line(2, stored(line.cells)), columns) == read_line(line, columns)


def test_a_record_with_more_cells_than_headings_is_not_read():
    columns = {"reference": "Code client", "name": "Raison sociale"}
    lines = [
        Line(2, {"Code client": "", "Raison sociale": "b"}),
        Line(6, {"Code client": "C2", "Raison sociale": "d"}, extra=2),
    ]

    rows = [row for _, row in read_rows(lines, columns, read_line)]

    assert [[(e.column, e.code) for e in row] for row in rows] == [
        [("Code client", "value_missing")],
        [("Raison sociale", "record_too_long")],
    ]


def test_several_values_in_a_cell_are_refused_only_where_one_is_read():
    columns = {"reference": "Code client", "name": "Raison sociale"}
    cells = {"Code client": "C1", "Raison sociale": '["a"]', "Tags": "{}"}

    row = read_line(Line(2, cells, nested=frozenset({"Raison sociale", "Tags"})), columns)

    assert row == [RowError(2, "Raison sociale", '["a"]', "value_nested", {})]


def test_facts_of_an_error_are_plain_values():
    reading = Reading(Line(2, {"Prix": "-1"}), {"price": "Prix"})
    reading.optional("price", parse_decimal, None)

    assert reading.errors[0].facts == {"lowest": "0", "highest": "99999999999999.999999"}


def test_the_same_row_has_the_same_digest_however_its_numbers_are_written():
    day = dt.date(2026, 1, 2)

    assert content_hash(("a", Decimal("15.00"), day, None)) == content_hash(("a", Decimal(15), day, None))
    assert content_hash(("a", Decimal(15), day, None)) != content_hash(("a", Decimal(16), day, None))


@given(st.text())
def test_no_text_breaks_a_parser(text):
    for parse in (parse_text, parse_lines, parse_decimal, parse_date, parse_currency):
        try:
            parse(text)
        except DomainError as refusal:
            assert refusal.status == 422


@given(st.text(alphabet="'=+-@1a ", max_size=6).map(str.strip))
def test_harmless_text_is_read_back_as_it_was(text):
    meant = text_of(text)

    assert text_of(harmless(meant)) == meant
    assert not harmless(meant).startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("'=1+1", "=1+1"), ("'+33 4 50", "+33 4 50"), ("'hello'", "'hello'"), ("''", "''"), ("=1", "=1")],
)
def test_an_apostrophe_before_a_formula_only_says_that_it_is_text(written, meant):
    assert text_of(written) == meant
