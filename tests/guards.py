"""Guards under attack: each refuses raw SQL by its own name, and with it dropped the same SQL passes.

The second half is what shows that the test tests the guard and not something that stands before it. Every attack
is one transaction, rolled back whether it passed or not, so that a whole module attacks one story.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import psycopg
import pytest
from django.db import connection

from tests import cluster

DROP = """
SELECT format('DROP TRIGGER %%I ON %%s', tgname, tgrelid::regclass) FROM pg_trigger WHERE tgname = %(name)s
 UNION ALL
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname) FROM pg_constraint
 WHERE conname = %(name)s AND contype <> 't'
 UNION ALL
SELECT format('DROP INDEX %%I', relname) FROM pg_class
 WHERE relname = %(name)s AND relkind = 'i' AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = %(name)s)
"""


class Attack(NamedTuple):
    """SQL that a guard must refuse, as one transaction of the application's role.

    `also` names guards that would refuse it first and are dropped before; `refused_by` is what the refusal calls
    itself when that is not the guard's own name. Only the owner may TRUNCATE at all.
    """

    guard: str
    sql: str
    also: tuple[str, ...] = ()
    refused_by: str = ""
    role: str = "encaisse_app"

    def __str__(self) -> str:
        """What pytest calls it."""
        return f"{self.guard}: {' '.join(self.sql.split())[:60]}"


def assert_guarded(attack: Attack, story: Mapping[str, Any]) -> None:
    """The attack is refused by its guard, and passes once the guard is gone."""
    with pytest.raises(psycopg.IntegrityError) as refusal:
        strike(attack, story, without=attack.also)
    refused_by = refusal.value.diag.constraint_name
    assert refused_by == (attack.refused_by or attack.guard), refusal.value

    strike(attack, story, without=(*attack.also, attack.guard))


def strike(attack: Attack, story: Mapping[str, Any], *, without: Iterable[str]) -> None:
    """The attack goes as far as its commit would, without these triggers, constraints or unique indexes."""
    url = cluster.address().url("postgres", connection.settings_dict["NAME"])
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as server:
        for name in without:
            (statement,) = server.execute(DROP, {"name": name}).fetchone()
            server.execute(statement)
        server.execute(f"SET LOCAL ROLE {attack.role}")
        server.execute(attack.sql, story)
        server.execute("SET CONSTRAINTS ALL IMMEDIATE")
        server.rollback()


def copied(table: str, key: str, **changes: Any) -> str:
    """SQL that copies the row of the story's `key`, with a key of its own and some columns changed."""
    sequence = f"nextval('{table}_id_seq')"
    return f"""
        INSERT INTO {table} SELECT x.* FROM {table} r, LATERAL jsonb_populate_record(r,
            jsonb_build_object('id', {sequence}) || '{json.dumps(changes)}') x WHERE r.id = %({key})s;
    """
