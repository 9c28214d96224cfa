"""The guards of `payment`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

# A reference is found by any part of it, since banks add words of their own. As with names, where pg_trgm is to be had.
PARTS_OF_REFERENCES = """
DO $$
BEGIN
    CREATE INDEX payment_by_part_of_reference ON payment_payment USING gin (upper(reference) gin_trgm_ops);
EXCEPTION WHEN undefined_object THEN
    RAISE NOTICE 'pg_trgm is not to be had: references are searched without an index';
END $$;
"""
NO_PARTS_OF_REFERENCES = "DROP INDEX IF EXISTS payment_by_part_of_reference"


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("payment", "0001_initial"), ("party", "0002_guards")]
    operations: ClassVar = [
        guards.transitions(
            "payment_payment",
            {"received": ["returned", "withdrawn"], "returned": [], "withdrawn": []},
            initial="received",
        ),
        guards.never_goes("payment_payment"),
        guards.frozen(
            "payment_payment",
            when="true",
            mutable=["allocated_minor", "state"],
            name="payment_frozen_once_received",
            why="a payment that was received never changes",
        ),
        migrations.RunSQL(PARTS_OF_REFERENCES, NO_PARTS_OF_REFERENCES),
    ]
