"""The application's role changes rows and nothing else: it can take no guard away, however it asks."""

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

pytestmark = pytest.mark.django_db

ATTACKS = {
    "makes a table": "CREATE TABLE public.mine (id bigint)",
    "adds a column": "ALTER TABLE invoice_invoice ADD COLUMN mine text",
    "drops a table": "DROP TABLE invoice_line",
    "empties a table": "TRUNCATE invoice_line",
    "disables a trigger": "ALTER TABLE invoice_invoice DISABLE TRIGGER invoice_frozen_once_issued",
    "disables every trigger": "ALTER TABLE invoice_invoice DISABLE TRIGGER ALL",
    "plays the replica": "SET session_replication_role = replica",
    "drops a trigger": "DROP TRIGGER invoice_frozen_once_issued ON invoice_invoice",
    "rewrites a guard": (
        "CREATE OR REPLACE FUNCTION public.kernel_refuse() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RETURN NEW; END $$"
    ),
    "drops a constraint": "ALTER TABLE invoice_invoice DROP CONSTRAINT invoice_gross_is_net_plus_tax",
    "makes a rule": "CREATE RULE mine AS ON UPDATE TO invoice_invoice DO INSTEAD NOTHING",
    "becomes the owner": "SET ROLE encaisse_owner",
    "takes the table": "ALTER TABLE invoice_invoice OWNER TO encaisse_app",
    "makes a role": "CREATE ROLE mine SUPERUSER",
    "makes a schema": "CREATE SCHEMA mine",
    "adds a trigger": (
        "CREATE TRIGGER mine BEFORE UPDATE ON invoice_invoice FOR EACH ROW EXECUTE FUNCTION kernel_refuse('a', 'b')"
    ),
    "reads files": "COPY kernel_event FROM '/etc/hostname'",
    "runs programs": "COPY kernel_event TO PROGRAM 'true'",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_application_cannot(attack) -> None:
    with pytest.raises(ProgrammingError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ATTACKS[attack])

    assert caught.value.__cause__.sqlstate == "42501", caught.value  # insufficient_privilege


def test_the_application_is_not_the_owner() -> None:
    assert settings.DATABASES["default"]["USER"] != settings.DATABASES["owner"]["USER"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication "
            "FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (False, False, False, False, False)


def test_the_application_owns_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = current_user")
        assert cursor.fetchall() == []


def test_every_function_reads_the_tables_of_its_own_schema() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc p JOIN pg_language l ON l.oid = prolang "
            "WHERE pronamespace = 'public'::regnamespace AND lanname = 'plpgsql' "
            "AND NOT coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp']"
        )
        assert cursor.fetchall() == []


def test_no_function_runs_as_its_owner() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == []
