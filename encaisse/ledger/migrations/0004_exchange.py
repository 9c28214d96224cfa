"""Gains and losses by exchange: what settles an invoice in another currency than the books' is worth another amount."""

from typing import ClassVar

from django.db import migrations

EXCHANGE = """
-- What an account gained by exchange, lost when negative: what its sources were worth in the books less what the
-- invoices were, as far as they settle each other. A credit note is an invoice below zero, settled as it is used.
-- The parts of a source or an invoice are shares of the whole, so that they add up to it once it is used up.
CREATE FUNCTION ledger_exchange_due(account bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT (SELECT coalesce(sum(ledger_share(p.acc_amount_minor, p.allocated_minor, p.amount_minor)), 0)
              FROM payment_payment p
             WHERE p.account_id = account AND p.currency <> p.accounting_currency AND p.purpose = '')
         - (SELECT coalesce(sum(m.acc_amount_minor), 0)
              FROM deposit_deposit d JOIN deposit_movement m ON m.deposit_id = d.id AND m.kind = 'draw'
             WHERE d.account_id = account AND d.currency <> d.accounting_currency)
         - (SELECT coalesce(sum(ledger_share(i.acc_gross_minor, i.settled_minor, i.payable_minor)), 0)
              FROM invoice_invoice i
             WHERE i.account_id = account AND i.state = 'issued' AND i.currency <> i.accounting_currency
               AND NOT i.made_elsewhere)
$$;
CREATE FUNCTION ledger_exchange_booked(account bigint) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(p.amount_minor), 0)
      FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id AND e.kind = 'exchange'
     WHERE p.billing_account_id = account
$$;

-- Accounts whose gains and losses are asked about at commit, a set at a time: those of another currency than the books'
-- of which something was laid or taken back, or that have an entry of it. Others cost a look at the set.
CREATE TABLE ledger_exchangecheck (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_ids bigint[] NOT NULL
);
CREATE FUNCTION ledger_laid_exchange_to_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_exchangecheck (account_ids)
    SELECT array_agg(DISTINCT i.account_id)
      FROM new_rows n JOIN invoice_invoice i ON i.id = n.invoice_id
     WHERE i.currency <> i.accounting_currency
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER laid_exchange_is_checked AFTER INSERT ON allocation_allocation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_laid_exchange_to_check();
CREATE FUNCTION ledger_booked_exchange_to_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE kind = 'exchange') THEN
        INSERT INTO ledger_exchangecheck (account_ids)
        SELECT array_agg(DISTINCT coalesce(m.account_id, i.account_id, d.account_id))
          FROM new_rows n
          LEFT JOIN deposit_movement w ON w.id = n.movement_id
          LEFT JOIN deposit_deposit d ON d.id = w.deposit_id
          LEFT JOIN payment_payment m ON m.id = n.payment_id
          LEFT JOIN invoice_invoice i ON i.id = n.invoice_id
         WHERE n.kind = 'exchange';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER booked_exchange_is_checked AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_booked_exchange_to_check();

-- At commit, what an account gained or lost by exchange is booked to the cent.
CREATE FUNCTION ledger_exchange_booked_as_due() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT a INTO stray FROM unnest(NEW.account_ids) a
     WHERE ledger_exchange_due(a) <> ledger_exchange_booked(a) LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'what account % gained or lost by exchange is not booked', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'exchange_booked_as_due';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER exchange_booked_as_due AFTER INSERT ON ledger_exchangecheck
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_exchange_booked_as_due();
"""
UNEXCHANGE = """
DROP TABLE ledger_exchangecheck;
DROP FUNCTION ledger_exchange_booked_as_due();
DROP TRIGGER booked_exchange_is_checked ON ledger_entry;
DROP FUNCTION ledger_booked_exchange_to_check();
DROP TRIGGER laid_exchange_is_checked ON allocation_allocation;
DROP FUNCTION ledger_laid_exchange_to_check();
DROP FUNCTION ledger_exchange_booked(bigint);
DROP FUNCTION ledger_exchange_due(bigint);
"""


class Migration(migrations.Migration):
    """Install its guard."""

    dependencies: ClassVar = [("ledger", "0003_mapping_guards")]
    operations: ClassVar = [migrations.RunSQL(EXCHANGE, UNEXCHANGE)]
