"""How the files of a source are read: columns by choice, conversions, constants, and manners of writing."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from encaisse.flows.import_files import KINDS
from encaisse.intake import queries
from encaisse.intake.errors import (
    ColumnRepeated,
    ColumnsMissing,
    FieldUnknown,
    MappingUnknown,
    TextTooLong,
)
from encaisse.intake.models import Mapping
from encaisse.intake.operations.mappings import remember
from encaisse.intake.rules import Column, Conversion
from encaisse.intake.rules.mapping import ColumnMap, Laid, Layout, fits, layout, matched, suggested, targets
from encaisse.intake.rules.sources import READY_MADE
from encaisse.kernel.scope import Actor

ACTOR = Actor("command", None, "")
COLUMNS = (
    Column("reference", ("Code",), required=True),
    Column("siren", ("SIREN",), conversions=(Conversion("siret", lambda text: text[:9]),)),
    Column("siret", ("SIRET",)),
    Column("country", ("Pays", "Country"), required=True),
    Column("since", ("Depuis",), holds="date"),
    Column("limit", ("Plafond",), holds="number"),
)


def laid(chosen: ColumnMap, **cells: str) -> dict[str, str]:
    """What each field of a record says, laid out by this map."""
    plan: Layout = layout(list(cells), COLUMNS, chosen)
    record = plan.laid(Laid(2, cells, 0, frozenset()))
    return {field: str(record.cells.get(heading, "")) for field, heading in plan.named.items()}


def test_headings_hold_what_was_chosen_whatever_they_are_called_and_constants_fill_the_rest():
    found = laid(
        ColumnMap({"A": "reference", "B": "siret siren<siret"}, {"country": "FR"}), A="1", B="73282932000074"
    )

    assert (found["reference"], found["siret"], found["siren"], found["country"]) == (
        "1", "73282932000074", "732829320", "FR",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("dates", "written", "read"),
    [
        ("", "03/04/2026", "03/04/2026"),
        ("day_first", "03/04/26", "03/04/2026"),
        ("month_first", "03/04/2026", "04/03/2026"),
        ("month_first", "12.31.26 10:30", "31/12/2026 10:30"),
        ("month_first", "2026-12-31", "2026-12-31"),
    ],
)
def test_dates_are_read_in_the_chosen_order(dates, written, read):
    chosen = ColumnMap({"A": "reference", "P": "country", "D": "since"}, {}, dates)

    assert laid(chosen, A="1", P="FR", D=written)["since"] == read


@pytest.mark.parametrize(
    ("decimals", "written", "read"),
    [
        ("", "1.234", "1.234"),
        ("comma", "1.234", "1234"),
        ("comma", "-1.234.567,8", "-1234567,8"),
        ("comma", "1.23", "1.23"),
        ("point", "1,234", "1234"),
        ("point", "1,234.5", "1234.5"),
        ("point", "1,23", "1,23"),
    ],
)
def test_the_chosen_decimal_mark_tells_thousands_apart(decimals, written, read):
    chosen = ColumnMap({"A": "reference", "P": "country", "N": "limit"}, {}, "", decimals)

    assert laid(chosen, A="1", P="FR", N=written)["limit"] == read


def test_an_error_of_what_is_made_names_both_columns_and_a_nested_cell_stays_one():
    plan = layout(["A", "B"], COLUMNS, ColumnMap({"A": "reference", "B": "siren<siret"}, {"country": "FR"}))

    assert plan.named["siren"] == "B → SIREN"
    assert plan.laid(Laid(2, {"A": "1", "B": "[]"}, 0, frozenset({"B"}))).nested == {"B", "B → SIREN"}
    assert plan.absent == {"siret", "since", "limit"}


@pytest.mark.parametrize(
    ("chosen", "refusal"),
    [
        (ColumnMap({"A": "reference"}), ColumnsMissing(columns=("Pays",))),
        (ColumnMap({"A": "reference", "B": "reference"}), ColumnRepeated(headings=("A", "B"))),
        (ColumnMap({"A": "colour"}), FieldUnknown(field="colour")),
        (ColumnMap({"A": "siren<colour"}), FieldUnknown(field="siren<colour")),
        (ColumnMap({"A": "reference"}, {"colour": "red"}), FieldUnknown(field="colour")),
    ],
)
def test_a_map_that_cannot_be_followed_is_refused(chosen, refusal):
    with pytest.raises(type(refusal)) as refused:
        layout(["A", "B"], COLUMNS, chosen)

    assert refused.value == refusal


def test_without_a_map_columns_are_known_by_their_names():
    assert matched(["code", "PAYS"], COLUMNS).named["country"] == "PAYS"


def test_a_file_is_suggested_what_was_remembered_then_what_its_headings_say():
    remembered = ColumnMap({"Numéro": "reference"}, {"country": "FR"}, "month_first")

    found = suggested(["numero", "Siret", "Depuis", "Autre", "Code"], COLUMNS, [remembered])

    assert found.headings == {
        "numero": "reference", "Siret": "siret siren<siret", "Depuis": "since", "Autre": "", "Code": "",
    }  # fmt: skip
    assert (found.constants, found.dates) == ({"country": "FR"}, "month_first")


def test_a_map_fits_a_file_that_has_all_that_it_reads():
    chosen = ColumnMap({"A": "reference", "B": ""})

    assert (fits(chosen, ["A", "C"]), fits(chosen, ["C"]), fits(ColumnMap(), ["A"])) == (True, False, False)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_ready_made_map_reads_fields_that_its_kind_has(kind):
    columns = KINDS[kind].columns
    known = set(targets(columns))

    for chosen in READY_MADE.get(kind, {}).values():
        assert set(chosen.headings.values()) <= known
        assert set(chosen.constants) <= {column.field for column in columns}


@pytest.mark.django_db
def test_a_source_is_remembered_under_its_name_in_place_of_the_ready_made_one():
    headings = {"Compte": "reference", "Libellé": "name"}
    remember("customers", " Sage ", ColumnMap({"Compte": "reference"}), actor=ACTOR)
    remember("customers", "Sage", ColumnMap(headings, {"country": "FR"}, "day_first"), actor=ACTOR)

    assert queries.mapping("customers", "sage") == ColumnMap(headings, {"country": "FR"}, "day_first")
    assert list(queries.mappings("customers")) == ["Sage", "Cegid", "Odoo"]
    assert queries.proposed("customers", ("Compte", "Libellé", "Autre")) == "Sage"
    assert queries.proposed("customers", ("Autre",)) == ""
    with pytest.raises(MappingUnknown) as refused:
        queries.mapping("usage", "Sage")
    assert refused.value.known == ()
    with pytest.raises(TextTooLong):
        remember("usage", "x" * 61, ColumnMap(), actor=ACTOR)


@pytest.mark.django_db
def test_a_mapping_has_a_name_once():
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(IntegrityError, match="mapping_has_a_source"), transaction.atomic():
        Mapping.objects.create(kind="usage", source="", facts={}, saved_at=now)
    Mapping.objects.create(kind="usage", source="A", facts={}, saved_at=now)
    with pytest.raises(IntegrityError, match="mapping_once_per_kind_and_source"), transaction.atomic():
        Mapping.objects.create(kind="usage", source="A", facts={}, saved_at=now)
