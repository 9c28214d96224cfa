"""The guards of `ledger`: entries balance, stay as they are, and go with what they book."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

ENTRIES = """
ALTER TABLE ledger_entry ADD COLUMN made_in xid8 NOT NULL DEFAULT pg_current_xact_id();

-- Postings join an entry that this very transaction made: an entry gets no later lines.
CREATE FUNCTION ledger_postings_join_new_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT n.id INTO stray
      FROM (SELECT DISTINCT entry_id AS id FROM new_rows) n LEFT JOIN ledger_entry e ON e.id = n.id
     WHERE e.id IS NULL OR e.made_in <> pg_current_xact_id() LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entry % takes no later postings', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_gets_no_later_postings';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_gets_no_later_postings AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_join_new_entries();

-- Once per entry, at commit: two postings or more that sum to zero, and the piece that it books is there.
CREATE FUNCTION ledger_entry_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- In order, this one statement is all that an entry costs.
    IF EXISTS (SELECT FROM ledger_posting WHERE entry_id = NEW.id HAVING count(*) >= 2 AND sum(amount_minor) = 0)
       AND (NEW.invoice_id IS NULL
            OR EXISTS (SELECT FROM invoice_invoice WHERE id = NEW.invoice_id AND state = 'issued')) THEN
        RETURN NULL;
    END IF;
    IF (SELECT count(*) < 2 OR sum(amount_minor) <> 0 FROM ledger_posting WHERE entry_id = NEW.id) THEN
        RAISE EXCEPTION 'ledger entry % does not balance', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;
    RAISE EXCEPTION 'ledger entry % books an invoice that is not issued', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_books_what_is_issued';
END $$;
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entry_balances();

-- An invoice is issued with its entry, which was written just before.
CREATE FUNCTION invoice_issued_with_its_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT n.id INTO stray
      FROM new_rows n
     WHERE n.state = 'issued' AND NOT n.made_elsewhere
       AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.invoice_id = n.id) LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'invoice % is issued without its entry', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_issued_with_its_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_issued_with_its_entry AFTER UPDATE ON invoice_invoice
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_issued_with_its_entry();

-- A payment is recorded, or returned, with its entry in the same transaction.
CREATE FUNCTION payment_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ledger_entry WHERE payment_id = NEW.id
                      AND kind = CASE NEW.state WHEN 'returned' THEN 'payment_return' ELSE 'payment' END) THEN
        RAISE EXCEPTION 'payment % has no entry', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_recorded_with_its_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_recorded_with_its_entry AFTER INSERT ON payment_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_booked();
CREATE CONSTRAINT TRIGGER payment_returned_with_its_entry AFTER UPDATE ON payment_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION payment_booked();
"""
UNENTRIES = """
DROP TRIGGER payment_returned_with_its_entry ON payment_payment;
DROP TRIGGER payment_recorded_with_its_entry ON payment_payment;
DROP FUNCTION payment_booked();
DROP TRIGGER invoice_issued_with_its_entry ON invoice_invoice;
DROP FUNCTION invoice_issued_with_its_entry();
DROP TRIGGER entry_balances ON ledger_entry;
DROP FUNCTION ledger_entry_balances();
DROP TRIGGER entry_gets_no_later_postings ON ledger_posting;
DROP FUNCTION ledger_postings_join_new_entries();
ALTER TABLE ledger_entry DROP COLUMN made_in;
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("ledger", "0001_initial"),
        ("invoice", "0002_guards"),
        ("payment", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.never_goes("ledger_account"),
        guards.only_grows("ledger_entry"),
        guards.references(
            "ledger_entry",
            legal_entity_id="party_legalentity",
            invoice_id="invoice_invoice",
            payment_id="payment_payment",
        ),
        guards.only_grows("ledger_posting"),
        guards.references("ledger_posting", account_id="ledger_account", billing_account_id="party_billingaccount"),
        guards.only_grows("ledger_fecnumber"),
        migrations.RunSQL(ENTRIES, UNENTRIES),
    ]
