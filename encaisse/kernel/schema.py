"""The schema: migrated by its owner, used by the application's role, which has no DDL and no TRUNCATE."""

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from encaisse.database.rights import GRANTS

# Who may make temporary tables could lay one over a table that a guard reads, since PostgreSQL looks there first.
PINS = """
SELECT format('ALTER FUNCTION %s SET search_path = %I, pg_temp', p.oid::regprocedure, n.nspname)
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
 WHERE n.nspname = current_schema() AND l.lanname = 'plpgsql' AND p.proconfig IS NULL
"""


def migrate(*, verbosity: int = 0) -> None:
    """The schema is that of this version, and the application's role may use every table.

    On a server with one role for both, there is nobody to grant to; `doctor` warns.
    """
    call_command("migrate", database="owner", verbosity=verbosity, interactive=False)
    pin()
    grant()


def pin() -> None:
    """Every function of the schema reads the schema's own tables, whatever the session that calls it has made."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(PINS)
        for (text,) in cursor.fetchall():
            cursor.execute(text)


def grant() -> None:
    """The application's role may read and write rows, and no more."""
    if not has_two_roles():
        return
    owner = connections["owner"]
    role = owner.ops.quote_name(settings.DATABASES["default"]["USER"])
    with owner.cursor() as cursor:
        for text in GRANTS:
            cursor.execute(text.format(role=role))


def has_two_roles() -> bool:
    """Whether the application connects as another role than the owner of the schema."""
    return bool(settings.DATABASES["default"]["USER"] != settings.DATABASES["owner"]["USER"])


def let_go() -> None:
    """Connections are closed: they may lead to a database that another one took the place of."""
    connections.close_all()


def is_new() -> bool:
    """Whether the database has no table yet."""
    return not connections["owner"].introspection.table_names()


def is_current() -> bool:
    """Whether every migration of this version is applied. Asked as the application, which may read them."""
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415 - loads the graph, seldom needed

    executor = MigrationExecutor(connections["default"])
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
