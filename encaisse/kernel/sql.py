"""The runner of SQL files and of bulk loads: statements over sets live in `<package>/sql/*.sql`, one a file."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple, cast

import psycopg
from django.db import connection, models
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus

_ESCAPED: Final = re.compile(r"\\(.)")
_MEANT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


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


def composed_rows(text: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """As `rows`, of a statement that a package's rules have composed: whatever people typed is among its parameters."""
    with connection.cursor() as cursor:
        cursor.execute(text, params)
        return cast(list[tuple[Any, ...]], cursor.fetchall())


def binary_rows(package: str, name: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """As `rows`, over the binary protocol: for the tens of thousands of rows of a chunk."""
    # Django's own cursors bind on the client, which rules the binary protocol out.
    with psycopg.Cursor(raw_connection()) as cursor, connection.wrap_database_errors:
        cursor.execute(cast(Any, statement(package, name)), params, binary=True)
        return cursor.fetchall()


def prepared_rows(package: str, name: str, params: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    """As `rows`, of what is asked so often that the server keeps its plan: planning it takes longer than answering.

    Every parameter needs a type of its own in the statement.
    """
    server = raw_connection()
    usual, server.prepare_threshold = server.prepare_threshold, 0
    try:
        with psycopg.Cursor(server) as cursor, connection.wrap_database_errors:
            cursor.execute(cast(Any, statement(package, name)), params, prepare=True)
            return cursor.fetchall()
    finally:
        # Elsewhere plans depend on what a chunk has just filled, and are made anew each time.
        server.prepare_threshold = usual


def text_rows(package: str, name: str, params: Mapping[str, Any] | None = None) -> list[str]:
    """As `rows`, each a line of COPY's text: fields between tabs, `\\N` for null, what would end a field escaped.

    For sets of which little is computed and most goes in again as it came out: no value is made of a field.
    """
    server = raw_connection()
    text = psycopg.ClientCursor(server).mogrify(
        cast(Any, f"COPY ({statement(package, name)}) TO STDOUT"), params
    )
    with connection.wrap_database_errors:
        begun = server.pgconn.exec_(text.encode())
        if begun.status != ExecStatus.COPY_OUT:
            raise error_from_result(begun)
        blocks = []
        # psycopg's own reader waits anew for every row, which takes as long as all the rest of a draft.
        while (block := server.pgconn.get_copy_data(0))[0] > 0:
            blocks.append(block[1])
        while (ended := server.pgconn.get_result()) is not None:
            if ended.status != ExecStatus.COMMAND_OK:
                raise error_from_result(ended)
    return b"".join(blocks).decode().split("\n")[:-1]


def plain(field: str) -> str:
    """A field of COPY's text that is not null, without its escapes."""
    return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), field) if "\\" in field else field


def array(values: Iterable[object]) -> str:
    """An array literal of numbers, dates or hexadecimal `bytes`, ten times as fast to write as a bound list.

    Not for text, which would need quoting.
    """
    listed = list(values)
    if listed and isinstance(listed[0], bytes):
        return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in cast(list[bytes], listed)]) + "}"
    return "{" + ",".join(map(str, listed)) + "}"


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


def copy_text(model: type[models.Model], columns: Iterable[str], rows: Sequence[str]) -> None:
    """Load rows with one COPY that are written in its text already, each with its end."""
    if not rows:
        return
    text = cast(Any, f'COPY "{model._meta.db_table}" ({", ".join(columns)}) FROM STDIN')
    with raw_connection().cursor() as cursor, connection.wrap_database_errors, cursor.copy(text) as copy:
        copy.write("".join(rows))
