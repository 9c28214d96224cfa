"""The runner of SQL files and of bulk loads: statements over sets live in `<package>/sql/*.sql`, one a file."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple, cast

import psycopg
from django.db import connection, models


@cache
def statement(package: str, name: str) -> str:
    """The text of `encaisse/<package>/sql/<name>.sql`."""
    return (resources.files(f"encaisse.{package}") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def execute(package: str, name: str, params: Mapping[str, Any] | None = None) -> int:
    """Run a statement file and return how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement(package, name), params)
        return int(cursor.rowcount)


def rows(package: str, name: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """Run a query file and return all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement(package, name), params)
        return cast(list[tuple[Any, ...]], cursor.fetchall())


def binary_rows(package: str, name: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """As `rows`, over the binary protocol: for the tens of thousands of rows of a chunk."""
    # Django's own cursors bind on the client, which rules the binary protocol out.
    with psycopg.Cursor(raw_connection()) as cursor, connection.wrap_database_errors:
        cursor.execute(cast(Any, statement(package, name)), params, binary=True)
        return cursor.fetchall()


def array(values: Iterable[object]) -> str:
    """An array literal of numbers, dates or hexadecimal `bytes`, ten times as fast to write as a bound list.

    Not for text, which would need quoting.
    """
    written = (f'"\\\\x{value.hex()}"' if isinstance(value, bytes) else str(value) for value in values)
    return "{" + ",".join(written) + "}"


def raw_connection() -> "psycopg.Connection[Any]":
    """The psycopg connection of Django's, within its transaction."""
    connection.ensure_connection()
    return cast("psycopg.Connection[Any]", connection.connection)


def reserve_ids(model: type[models.Model], count: int) -> int:
    """Reserve `count` consecutive ids of a table and return the first. Unused ids are simply lost."""
    if count == 0:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kernel_reserve(pg_get_serial_sequence(%s, 'id')::regclass, %s)",
            [model._meta.db_table, count],
        )
        return int(cursor.fetchone()[0])


def copy_rows(model: type[models.Model], row_type: type[NamedTuple], rows: Iterable[Sequence[Any]]) -> int:
    """Load rows with one COPY; the fields of `row_type` are the columns, in order."""
    columns = ", ".join(f'"{field}"' for field in row_type._fields)
    count = 0
    with raw_connection().cursor() as cursor, connection.wrap_database_errors:
        text = f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'  # noqa: S608 - names of ours, no values
        with cursor.copy(cast(Any, text)) as copy:
            for row in rows:
                copy.write_row(row)
                count += 1
    return count
