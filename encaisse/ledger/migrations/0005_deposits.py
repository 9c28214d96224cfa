"""A movement of a deposit is in the books, on 165, in the transaction that made it."""

from typing import ClassVar

from django.db import migrations

BOOKED = """
-- What a payment funds is booked by the payment; every other movement by an entry of its own.
CREATE FUNCTION ledger_movement_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(p.amount_minor)
          FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id JOIN ledger_account a ON a.id = p.account_id
         WHERE e.movement_id = NEW.id AND e.kind = 'deposit' AND a.code = '165') IS DISTINCT FROM -NEW.acc_amount_minor THEN
        RAISE EXCEPTION 'movement % of a deposit is not booked', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_moved_with_its_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER deposit_moved_with_its_entry AFTER INSERT ON deposit_movement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.payment_id IS NULL)
    EXECUTE FUNCTION ledger_movement_booked();
"""
UNBOOKED = """
DROP TRIGGER deposit_moved_with_its_entry ON deposit_movement;
DROP FUNCTION ledger_movement_booked();
"""


class Migration(migrations.Migration):
    """Install its guard."""

    dependencies: ClassVar = [("ledger", "0004_exchange"), ("deposit", "0002_guards")]
    operations: ClassVar = [migrations.RunSQL(BOOKED, UNBOOKED)]
