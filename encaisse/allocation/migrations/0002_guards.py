"""The guards of `allocation`: one trigger keeps every cache, and the caches change by nothing else."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

CACHES = """
-- Once per statement: every row fits its source, its target and what it reverses; then the sums move. Source and
-- target are of one account, which is what makes its 411 equal its open items.
-- Rows are locked in one order, payments then invoices, each by id, as the operations lock them. A draw on a deposit
-- has locked its deposit before.
CREATE FUNCTION allocation_moves_the_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    PERFORM p.id FROM payment_payment p
     WHERE p.id IN (SELECT payment_id FROM new_rows) ORDER BY p.id FOR UPDATE;
    PERFORM i.id FROM invoice_invoice i
     WHERE i.id IN (SELECT invoice_id FROM new_rows UNION SELECT credit_note_id FROM new_rows)
     ORDER BY i.id FOR UPDATE;

    SELECT n.id INTO stray FROM new_rows n
      JOIN invoice_invoice i ON i.id = n.invoice_id
      LEFT JOIN payment_payment p ON p.id = n.payment_id
      LEFT JOIN invoice_invoice c ON c.id = n.credit_note_id
     WHERE i.state <> 'issued' OR i.kind = 'credit_note'
        OR (n.payment_id IS NOT NULL AND (p.account_id, p.currency) <> (i.account_id, i.currency))
        OR (n.payment_id IS NOT NULL AND p.state <> 'received')
        OR (n.credit_note_id IS NOT NULL AND (c.account_id, c.currency, c.kind, c.state)
                                          <> (i.account_id, i.currency, 'credit_note', 'issued'))
        OR (n.draw_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM deposit_movement m WHERE m.id = n.draw_id AND m.kind = 'draw' AND m.invoice_id = n.invoice_id))
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'allocation % does not fit its source and its invoice', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_fits_its_source_and_target';
    END IF;

    SELECT n.id INTO stray FROM new_rows n JOIN allocation_allocation o ON o.id = n.reverses_id
     WHERE o.amount_minor <> -n.amount_minor OR o.reverses_id IS NOT NULL
        OR (o.payment_id, o.credit_note_id, o.draw_id, o.invoice_id)
           IS DISTINCT FROM (n.payment_id, n.credit_note_id, n.draw_id, n.invoice_id)
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'allocation % does not mirror what it reverses', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_reversal_mirrors';
    END IF;

    UPDATE payment_payment p SET allocated_minor = p.allocated_minor + n.moved
      FROM (SELECT payment_id, sum(amount_minor) AS moved FROM new_rows
             WHERE payment_id IS NOT NULL GROUP BY payment_id) n
     WHERE p.id = n.payment_id;
    UPDATE invoice_invoice i SET settled_minor = i.settled_minor + n.moved
      FROM (SELECT id, sum(moved) AS moved
              FROM (SELECT invoice_id AS id, amount_minor AS moved FROM new_rows
                     UNION ALL
                    SELECT credit_note_id, -amount_minor FROM new_rows WHERE credit_note_id IS NOT NULL) sides
             GROUP BY id) n
     WHERE i.id = n.id;
    RETURN NULL;
END $$;
CREATE TRIGGER allocation_moves_the_sums AFTER INSERT ON allocation_allocation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION allocation_moves_the_sums();

-- Depth 1 is the statement of whoever asked; only the trigger above moves the sums, at depth 2.
CREATE TRIGGER settled_moves_by_allocation BEFORE UPDATE ON invoice_invoice FOR EACH ROW
    WHEN (OLD.settled_minor IS DISTINCT FROM NEW.settled_minor AND pg_trigger_depth() < 1)
    EXECUTE FUNCTION kernel_refuse('settled_moves_by_allocation', 'only an allocation settles an invoice');
CREATE TRIGGER allocated_moves_by_allocation BEFORE UPDATE ON payment_payment FOR EACH ROW
    WHEN (OLD.allocated_minor IS DISTINCT FROM NEW.allocated_minor AND pg_trigger_depth() < 1)
    EXECUTE FUNCTION kernel_refuse('allocated_moves_by_allocation', 'only an allocation or a deposit uses a payment');
CREATE TRIGGER settled_begins_at_zero BEFORE INSERT ON invoice_invoice FOR EACH ROW
    WHEN (NEW.settled_minor <> 0)
    EXECUTE FUNCTION kernel_refuse('settled_moves_by_allocation', 'an invoice begins unsettled');
CREATE TRIGGER allocated_begins_at_zero BEFORE INSERT ON payment_payment FOR EACH ROW
    WHEN (NEW.allocated_minor <> 0)
    EXECUTE FUNCTION kernel_refuse('allocated_moves_by_allocation', 'a payment begins unused');
"""
DRAWS = """
-- At commit, what was drawn on a deposit is laid on its invoice to the cent, and taken back with it.
CREATE FUNCTION allocation_draw_is_laid() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this bigint := coalesce((to_jsonb(NEW) ->> TG_ARGV[0])::bigint, (to_jsonb(NEW) ->> TG_ARGV[1])::bigint);
BEGIN
    IF (SELECT sum(amount_minor) FROM deposit_movement WHERE id = this OR reverses_id = this)
       + (SELECT coalesce(sum(amount_minor), 0) FROM allocation_allocation WHERE draw_id = this) <> 0 THEN
        RAISE EXCEPTION 'draw % is not what is laid on its invoice', this
            USING ERRCODE = 'check_violation', CONSTRAINT = 'allocation_draw_is_laid';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER allocation_draw_is_laid AFTER INSERT ON deposit_movement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'draw')
    EXECUTE FUNCTION allocation_draw_is_laid('reverses_id', 'id');
CREATE CONSTRAINT TRIGGER allocation_laid_is_drawn AFTER INSERT ON allocation_allocation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.draw_id IS NOT NULL)
    EXECUTE FUNCTION allocation_draw_is_laid('draw_id', 'id');
"""
UNDRAWS = """
DROP TRIGGER allocation_laid_is_drawn ON allocation_allocation;
DROP TRIGGER allocation_draw_is_laid ON deposit_movement;
DROP FUNCTION allocation_draw_is_laid();
"""
UNCACHES = """
DROP TRIGGER allocated_begins_at_zero ON payment_payment;
DROP TRIGGER settled_begins_at_zero ON invoice_invoice;
DROP TRIGGER allocated_moves_by_allocation ON payment_payment;
DROP TRIGGER settled_moves_by_allocation ON invoice_invoice;
DROP TRIGGER allocation_moves_the_sums ON allocation_allocation;
DROP FUNCTION allocation_moves_the_sums();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("allocation", "0001_initial"),
        ("invoice", "0002_guards"),
        ("payment", "0002_guards"),
        ("deposit", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.only_grows("allocation_allocation"),
        migrations.RunSQL(CACHES, UNCACHES),
        migrations.RunSQL(DRAWS, UNDRAWS),
    ]
