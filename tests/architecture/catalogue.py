"""What the database says of itself: columns, triggers, and the edges that triggers let through."""

import re
from typing import NamedTuple

from django.db import connection

_EDGE = re.compile(r"'(\w+)>(\w+)'")
_WORD = re.compile(r"'(\w+)'::text")
_CALL = re.compile(r"EXECUTE FUNCTION (\w+)\((.*)\)$")


class Column(NamedTuple):
    """A column: whether a row may leave it out."""

    name: str
    may_be_left_out: bool


class Trigger(NamedTuple):
    """A trigger of a table as PostgreSQL writes it down."""

    table: str
    name: str
    text: str

    def call(self) -> tuple[str, list[str]]:
        """The function that it runs and the texts handed to it."""
        found = _CALL.search(self.text)
        assert found, self.text
        return found[1], re.findall(r"'((?:[^']|'')*)'", found[2])


def columns(table: str) -> dict[str, Column]:
    """The columns of a table by name, in their order."""
    found = _rows(
        "SELECT column_name, is_nullable = 'YES' OR column_default IS NOT NULL OR is_identity = 'YES' "
        "FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
        [table],
    )
    return {name: Column(name, may_be_left_out) for name, may_be_left_out in found}


def triggers() -> list[Trigger]:
    """Every trigger of ours, by table and name."""
    found = _rows(
        "SELECT c.relname, t.tgname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE NOT t.tgisinternal AND c.relname NOT LIKE 'procrastinate%%' ORDER BY 1, 2",
        [],
    )
    return [Trigger(*row) for row in found]


def disabled() -> list[str]:
    """The triggers that do not fire, which must be none."""
    found = _rows("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'", [])
    return [name for (name,) in found]


def trigger(table: str, name: str) -> Trigger:
    """That trigger, which must be there."""
    return next(each for each in triggers() if (each.table, each.name) == (table, name))


def edges(table: str) -> set[tuple[str, str]]:
    """The changes of state that the table's trigger lets through."""
    return set(_EDGE.findall(trigger(table, f"{table}_transitions").text))


def beginnings(table: str) -> set[str]:
    """The states in which rows of the table may begin."""
    return set(_WORD.findall(trigger(table, f"{table}_begins").text))


def mutable(table: str, name: str) -> set[str]:
    """The columns that a freezing trigger lets change."""
    allowed = re.search(r"to_jsonb\(old\.\*\) - ARRAY\[(.*?)\]", trigger(table, name).text)
    assert allowed
    return set(_WORD.findall(allowed[1]))


def compared(table: str, name: str) -> set[str]:
    """The columns whose change a trigger refuses one by one."""
    return set(
        re.findall(r"old\.(\w+)\)*(?:::text)? IS DISTINCT FROM \(?new\.\1\b", trigger(table, name).text)
    )


def keyed() -> set[tuple[str, str]]:
    """The columns that a foreign key holds, by itself or with others of its row."""
    return {
        (table, column)
        for table, column in _rows(
            """SELECT c.conrelid::regclass::text, a.attname
                 FROM pg_constraint c CROSS JOIN unnest(c.conkey) AS k(attnum)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
                WHERE c.contype = 'f'""",
            [],
        )
    }


def _rows(text: str, parameters: list[str]) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(text, parameters)
        return cursor.fetchall()


def checks() -> list[tuple[str, str, str, list[str]]]:
    """Every check of ours: table, name, expression, and the columns that it reads."""
    return _rows(
        "SELECT c.relname, k.conname, pg_get_expr(k.conbin, k.conrelid), "
        "ARRAY(SELECT attname FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = ANY(k.conkey))::text[] "
        "FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'c' "
        "AND c.relname NOT LIKE 'procrastinate%%' AND c.relname NOT LIKE 'django%%' ORDER BY 1, 2",
        [],
    )


def undecided(table: str, expression: str, columns_read: list[str]) -> list[tuple]:
    """Rows of small values for which the expression is neither true nor false, so that the check would let them by."""
    samples = " CROSS JOIN ".join(f"({_samples(table, name)}) AS s_{name}" for name in columns_read)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns_read)} FROM {samples} WHERE ({expression}) IS NULL LIMIT 3"
        )
        return cursor.fetchall()


def _samples(table: str, column: str) -> str:
    """A query for the values of one column that matter: those seen in the checks of its table, and none at all."""
    ((kind, is_nullable),) = _rows(
        "SELECT format_type(a.atttypid, a.atttypmod), NOT a.attnotnull FROM pg_attribute a "
        "WHERE a.attrelid = %s::regclass AND a.attname = %s",
        [table, column],
    )
    words = {
        word for each in checks() if each[0] == table for word in re.findall(r"'([a-z_]*)'::text", each[2])
    }
    by_kind = {
        "boolean": {"t", "f"},
        "date": {"2026-01-01", "2026-02-01"},
        "bytea": {"", "x"},
        "jsonb": {"[]", "[1]"},
    }
    is_word = kind == "text" or kind.startswith("character")
    values = by_kind.get(kind.partition("(")[0]) or (
        {"", "a"} | words if is_word else {"-1", "0", "1", "50", "200"}
    )
    if kind.startswith("timestamp"):
        values = {"2026-01-01"}
    rows = [f"('{value}'::{kind})" for value in sorted(values)] + ([f"(NULL::{kind})"] if is_nullable else [])
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS v({column})"
