"""What is held of advances: at commit, no more and no less than what was collected of them."""

from typing import ClassVar

from django.db import migrations

ADVANCES = """
-- What the entries of an advance, or of the credit note of one, say is held of it.
CREATE FUNCTION ledger_advance_held(invoice bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(-sum(p.amount_minor), 0)::bigint
      FROM ledger_entry e
      JOIN ledger_posting p ON p.entry_id = e.id
      JOIN ledger_account a ON a.id = p.account_id AND a.code = '4191'
     WHERE e.invoice_id = invoice AND e.kind = 'advance_collected'
$$;
CREATE FUNCTION ledger_advance_held_as_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM invoice_invoice i
      WHERE i.id = NEW.id
        AND ledger_share(i.acc_net_minor, i.settled_minor, i.payable_minor) <> ledger_advance_held(i.id)
        AND invoice_is_of_an_advance(i.kind, i.corrects_id);
    IF FOUND THEN
        RAISE EXCEPTION 'what is held of advance % is not what was collected of it', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER advance_held_as_settled AFTER UPDATE OF settled_minor ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kind <> 'invoice' AND NOT NEW.made_elsewhere AND OLD.settled_minor IS DISTINCT FROM NEW.settled_minor)
    EXECUTE FUNCTION ledger_advance_held_as_settled();

-- A document is issued with the entry of what it deducts.
CREATE FUNCTION ledger_deduction_is_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entry e WHERE e.invoice_id = NEW.id AND e.kind = 'advance_deducted') THEN
        RAISE EXCEPTION 'invoice % deducts an advance without an entry', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER deduction_is_booked AFTER UPDATE OF state ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.state = 'issued' AND OLD.state <> 'issued' AND NEW.deducted_minor <> 0)
    EXECUTE FUNCTION ledger_deduction_is_booked();
"""
UNADVANCES = """
DROP TRIGGER deduction_is_booked ON invoice_invoice;
DROP FUNCTION ledger_deduction_is_booked();
DROP TRIGGER advance_held_as_settled ON invoice_invoice;
DROP FUNCTION ledger_advance_held_as_settled();
DROP FUNCTION ledger_advance_held(bigint);
"""


class Migration(migrations.Migration):
    """Install its guards."""

    dependencies: ClassVar = [("ledger", "0005_deposits"), ("invoice", "0003_advances")]
    operations: ClassVar = [migrations.RunSQL(ADVANCES, UNADVANCES)]
