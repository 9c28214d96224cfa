"""A database made for a measurement and dropped afterwards, beside the real one, which nobody touches."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from django.db import connections

from encaisse.kernel import schema

ALIASES: Final = ("default", "owner")


@contextmanager
def scratch_database() -> Iterator[str]:
    """Within the block both roles work in a new, migrated database of its own. Gives its name."""
    name = f"encaisse_bench_{os.getpid()}"
    home = {alias: connections[alias].settings_dict["NAME"] for alias in ALIASES}
    _owner(f'CREATE DATABASE "{name}"')
    try:
        _point_at(dict.fromkeys(ALIASES, name))
        schema.migrate()
        yield name
    finally:
        _point_at(home)
        _owner(f'DROP DATABASE "{name}" WITH (FORCE)')


def _owner(statement: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


def _point_at(names: Mapping[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
