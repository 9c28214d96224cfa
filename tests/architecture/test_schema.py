"""Python and PostgreSQL say the same: rows and columns, states and edges, what is frozen and what is referenced."""

import ast
import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from encaisse.charge.operations.due_items import Due, Shape
from encaisse.charge.rules import COLUMNS as CHARGE_COLUMNS
from encaisse.charge.rules import ChargeRow
from encaisse.invoice.models import MUTABLE_ONCE_BROUGHT_IN, MUTABLE_ONCE_ISSUED
from encaisse.invoice.queries.billable import AccountFacts
from encaisse.invoice.rules.rows import (
    INVOICE_COLUMNS,
    LINE_COLUMNS,
    TAX_COLUMNS,
    UNSEALED_COLUMNS,
    DeductionRow,
    InvoiceRow,
    LineRow,
    OpenCharge,
    TaxRow,
)
from encaisse.kernel import sql
from encaisse.payment.models import MUTABLE_ONCE_RECEIVED
from tests.architecture import catalogue, source

pytestmark = pytest.mark.django_db

# What an invoice gains when it is judged, issued and settled; all else is content from the first draft on.
GAINED = {
    "id", "state", "series_id", "sequence", "number", "issue_date", "due_date", "link", "issued_at", "settled_minor",
}  # fmt: skip
PART = {"run_id": 0, "legal_entity_id": 0, "first_account": 0, "last_account": 0, "accounts": None}
READS = {
    "stored_invoices": (InvoiceRow, {"ids": []}),
    "stored_lines": (LineRow, {"ids": []}),
    "stored_taxes": (TaxRow, {"ids": []}),
    "stored_deductions": (DeductionRow, {"ids": []}),
}
# What is copied out as text to be copied in: the query's parameters, the fields that are read, and what stays as it is.
TEXTS = {
    "account_facts": (PART, AccountFacts, INVOICE_COLUMNS),
    "open_charges": (PART | {"cutoff_date": "2026-01-01", "manual": False}, OpenCharge, LINE_COLUMNS),
}


def copies() -> list[tuple[Any, Any]]:
    """Every pair of model and row type that some operation hands to COPY."""
    found = set()
    for path in source.modules():
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("sql.copy_rows", "copy_rows"):
                module = importlib.import_module(source.dotted(path))
                found.add(tuple(getattr(module, ast.unparse(argument)) for argument in node.args[:2]))
    return sorted(found, key=lambda pair: (pair[0].__name__, pair[1].__name__))


def machines() -> list[tuple[str, str]]:
    """Every package and table with states whose transitions its models name."""
    assigned = [
        (source.package_of(path), ast.unparse(node.targets[0]))
        for path in source.modules()
        if "models" in (path.stem, path.parent.name)
        for node in source.tree(path).body
        if isinstance(node, ast.Assign)
    ]
    return [
        (package, f"{package}_{name.removesuffix('_TRANSITIONS').lower()}")
        for package, name in assigned
        if name.endswith("_TRANSITIONS")
    ]


@pytest.mark.parametrize(("model", "row_type"), copies(), ids=lambda each: each.__name__)
def test_rows_loaded_by_copy_are_the_columns_of_their_table(model, row_type) -> None:
    columns = catalogue.columns(model._meta.db_table)
    needed = {name for name, column in columns.items() if not column.may_be_left_out}

    assert set(row_type._fields) - set(columns) == set()
    assert needed - set(row_type._fields) == set()
    assert set(row_type.__annotations__) >= set(row_type._fields)


def test_copies_are_found() -> None:
    assert {model.__name__ for model, _ in copies()} >= {
        "Charge", "Claim", "Invoice", "InvoiceTax", "Line", "Outcome",
    }  # fmt: skip


@pytest.mark.parametrize("statement", READS)
def test_rows_read_back_are_in_the_order_of_their_fields(statement) -> None:
    row_type, parameters = READS[statement]
    with sql.raw_connection().cursor() as cursor:
        cursor.execute(sql.statement("invoice", statement), parameters)
        names = tuple(column.name for column in cursor.description)

    assert names[: len(row_type._fields)] == row_type._fields


@pytest.mark.parametrize("statement", TEXTS)
def test_what_is_copied_out_is_in_the_order_in_which_it_is_copied_in(statement) -> None:
    parameters, fields, columns = TEXTS[statement]
    with sql.raw_connection().cursor() as cursor:
        cursor.execute(sql.statement("invoice", statement), parameters)
        names = tuple(column.name for column in cursor.description)

    read = len(fields._fields) - 1
    assert names[:read] == fields._fields[:-1]
    assert names[read:] == columns[read - len(names) :]


def test_items_due_are_in_the_order_in_which_rating_reads_them() -> None:
    with sql.raw_connection().cursor() as cursor:
        cursor.execute(sql.statement("charge", "items_due"), PART | {"cutoff_date": "2026-01-01"})
        names = tuple(column.name for column in cursor.description)

    assert names == (*Due._fields[:-1], *Shape._fields)


def test_the_columns_of_texts_are_the_fields_of_rows() -> None:
    assert sorted(CHARGE_COLUMNS) == sorted(ChargeRow._fields)
    assert sorted(INVOICE_COLUMNS + UNSEALED_COLUMNS) == sorted(InvoiceRow._fields)
    assert sorted(LINE_COLUMNS) == sorted(LineRow._fields)
    assert sorted(TAX_COLUMNS) == sorted(TaxRow._fields)


@pytest.mark.parametrize(("package", "table"), machines())
def test_states_change_in_the_database_as_they_do_in_python(package, table) -> None:
    module = importlib.import_module(f"encaisse.{package}.models")
    name = table.removeprefix(f"{package}_").upper() + "_TRANSITIONS"
    transitions = getattr(module, name)

    assert catalogue.edges(table) == {
        (state, after) for state, afters in transitions.items() for after in afters
    }
    assert catalogue.beginnings(table) <= set(transitions)
    assert _states(table) == (set(transitions), True)


def test_every_table_with_states_has_its_transitions_in_python() -> None:
    with_states = {model._meta.db_table for model in _models() if _field(model, "state")}

    assert with_states == {table for _, table in machines()}
    assert with_states == {
        each.table for each in catalogue.triggers() if each.name == f"{each.table}_transitions"
    }


def test_what_may_change_on_an_issued_invoice_is_what_python_says() -> None:
    assert catalogue.mutable("invoice_invoice", "invoice_frozen_once_issued") == MUTABLE_ONCE_ISSUED
    assert catalogue.mutable("invoice_invoice", "invoice_frozen_once_brought_in") == MUTABLE_ONCE_BROUGHT_IN


def test_what_may_change_on_a_payment_is_what_python_says() -> None:
    assert catalogue.mutable("payment_payment", "payment_frozen_once_received") == MUTABLE_ONCE_RECEIVED


def test_the_content_of_a_draft_is_every_column_but_what_it_gains() -> None:
    columns = set(catalogue.columns("invoice_invoice"))

    assert catalogue.compared("invoice_invoice", "invoice_content_frozen") == columns - GAINED


def test_every_reference_without_a_key_of_its_own_is_checked_by_the_set() -> None:
    checked = {(table, column): parent for table, column, parent in _references()}
    keyed = catalogue.keyed()
    unchecked = [
        f"{model._meta.db_table}.{field.column}"
        for model in _models()
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and not field.db_constraint
        if checked.get((model._meta.db_table, field.column)) != field.related_model._meta.db_table
        if (model._meta.db_table, field.column) not in keyed
        if not _joins_what_is_open(model._meta.db_table, field.column)
    ]

    assert unchecked == []


def test_what_is_referenced_by_the_set_can_never_go() -> None:
    kept = {
        each.table
        for each in catalogue.triggers()
        if each.name in (f"{each.table}_never_goes", f"{each.table}_append_only") and "DELETE" in each.text
    }
    emptied = {each.table for each in catalogue.triggers() if "BEFORE TRUNCATE" in each.text}
    parents = {parent for _, _, parent in _references()}

    assert parents - kept == set()
    assert parents - emptied == set()


def test_the_migrations_make_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def _states(table: str) -> tuple[set[str], bool]:
    model = next(each for each in _models() if each._meta.db_table == table)
    field = _field(model, "state")
    assert field
    choices = {str(value) for value, _ in field.choices or ()}
    return choices, str(field.default) in catalogue.beginnings(table)


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("encaisse.")]


def _field(model: type[models.Model], name: str) -> models.Field | None:
    return next((field for field in model._meta.local_fields if field.name == name), None)


def _references() -> Iterator[tuple[str, str, str]]:
    for each in catalogue.triggers():
        function, arguments = each.call()
        if function == "kernel_check_references":
            for column, parent in zip(arguments[1::2], arguments[2::2], strict=True):
                yield each.table, column, parent


def _joins_what_is_open(table: str, column: str) -> bool:
    """Whether a trigger of its own, stricter than a reference, decides what the row may join."""
    return (table, column) in {
        ("billing_claim", "charge_id"),
        ("charge_unclaimed", "account_id"),
        ("charge_unclaimed", "charge_id"),
        ("invoice_line", "invoice_id"),
        ("invoice_invoicetax", "invoice_id"),
        ("invoice_allowance", "invoice_id"),
        ("invoice_instalment", "invoice_id"),
        ("invoice_invoice", "series_id"),
        ("ledger_posting", "entry_id"),
    }
