"""The guards of `deposit`: one trigger keeps sums and states, and they change by nothing else."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

SUMS = """
-- Once per statement: every movement fits its deposit, what funds or is paid by it, and what it takes back; then the
-- sums move and say the state. Rows are locked in one order: payments, then deposits, each by id.
CREATE FUNCTION deposit_moves_the_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    PERFORM p.id FROM payment_payment p
     WHERE p.id IN (SELECT payment_id FROM new_rows) ORDER BY p.id FOR UPDATE;
    PERFORM d.id FROM deposit_deposit d
     WHERE d.id IN (SELECT deposit_id FROM new_rows) ORDER BY d.id FOR UPDATE;

    SELECT n.id INTO stray FROM new_rows n
      JOIN deposit_deposit d ON d.id = n.deposit_id
      LEFT JOIN payment_payment p ON p.id = n.payment_id
      LEFT JOIN invoice_invoice i ON i.id = n.invoice_id
     WHERE d.state IN ('new', 'cancelled')
        OR (n.payment_id IS NOT NULL AND (p.account_id, p.currency, p.purpose, p.state, p.amount_minor, p.acc_amount_minor)
            <> (d.account_id, d.currency, 'deposit', 'received', abs(n.amount_minor), abs(n.acc_amount_minor)))
        OR (n.invoice_id IS NOT NULL AND (i.account_id, i.currency) <> (d.account_id, d.currency))
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'movement % does not fit its deposit', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_movement_fits_its_deposit';
    END IF;

    SELECT n.id INTO stray FROM new_rows n JOIN deposit_movement o ON o.id = n.reverses_id
     WHERE o.amount_minor <> -n.amount_minor OR o.acc_amount_minor <> -n.acc_amount_minor OR o.reverses_id IS NOT NULL
        OR (o.deposit_id, o.kind, o.payment_id, o.invoice_id, o.method)
           IS DISTINCT FROM (n.deposit_id, n.kind, n.payment_id, n.invoice_id, n.method)
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'movement % does not mirror what it takes back', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_reversal_mirrors';
    END IF;

    UPDATE payment_payment p SET allocated_minor = p.allocated_minor + n.moved
      FROM (SELECT payment_id, sum(amount_minor) AS moved FROM new_rows
             WHERE payment_id IS NOT NULL GROUP BY payment_id) n
     WHERE p.id = n.payment_id;
    UPDATE deposit_deposit d
       SET received_minor = d.received_minor + n.received, drawn_minor = d.drawn_minor - n.drawn,
           refunded_minor = d.refunded_minor - n.refunded, held_acc_minor = d.held_acc_minor + n.worth,
           state = deposit_state(d.amount_minor, d.received_minor + n.received, d.drawn_minor - n.drawn,
                                 d.refunded_minor - n.refunded)
      FROM (SELECT deposit_id, sum(acc_amount_minor) AS worth,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'fund'), 0) AS received,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'draw'), 0) AS drawn,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'refund'), 0) AS refunded
              FROM new_rows GROUP BY deposit_id) n
     WHERE d.id = n.deposit_id;
    RETURN NULL;
END $$;

CREATE FUNCTION deposit_state(amount bigint, received numeric, drawn numeric, refunded numeric)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN refunded > 0 THEN 'refunded' WHEN received = 0 THEN 'validated'
                WHEN drawn = 0 AND received < amount THEN 'hold' WHEN drawn = 0 THEN 'locked'
                WHEN drawn < received THEN 'unlocked' ELSE 'used' END
$$;
CREATE TRIGGER deposit_moves_the_sums AFTER INSERT ON deposit_movement
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION deposit_moves_the_sums();

-- Depth 1 is the statement of whoever asked; only the trigger above moves the sums, at depth 2. What was not asked for
-- becomes asked for, and what holds nothing is cancelled, by whoever asks.
CREATE TRIGGER deposit_sums_move_by_movements BEFORE UPDATE ON deposit_deposit FOR EACH ROW
    WHEN (pg_trigger_depth() < 1 AND ((OLD.received_minor, OLD.drawn_minor, OLD.refunded_minor, OLD.held_acc_minor)
          IS DISTINCT FROM (NEW.received_minor, NEW.drawn_minor, NEW.refunded_minor, NEW.held_acc_minor)
          OR (OLD.state <> NEW.state AND OLD.state || '>' || NEW.state NOT IN
              ('new>validated', 'new>cancelled', 'validated>cancelled'))))
    EXECUTE FUNCTION kernel_refuse('deposit_sums_move_by_movements', 'only a movement changes what is held');
CREATE TRIGGER deposit_begins_empty AFTER INSERT ON deposit_deposit FOR EACH ROW
    WHEN (NEW.received_minor <> 0 OR NEW.drawn_minor <> 0 OR NEW.refunded_minor <> 0 OR NEW.held_acc_minor <> 0)
    EXECUTE FUNCTION kernel_refuse('deposit_begins_empty', 'a deposit begins with nothing held');

-- At commit, money received for a deposit is in one, all of it.
CREATE FUNCTION deposit_payment_is_in_a_deposit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM deposit_movement WHERE payment_id = NEW.id) THEN
        RAISE EXCEPTION 'payment % was received for a deposit and is in none', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deposit_payment_is_in_a_deposit';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER deposit_payment_is_in_a_deposit AFTER INSERT ON payment_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.purpose = 'deposit')
    EXECUTE FUNCTION deposit_payment_is_in_a_deposit();
"""
UNSUMS = """
DROP TRIGGER deposit_payment_is_in_a_deposit ON payment_payment;
DROP FUNCTION deposit_payment_is_in_a_deposit();
DROP TRIGGER deposit_begins_empty ON deposit_deposit;
DROP TRIGGER deposit_sums_move_by_movements ON deposit_deposit;
DROP TRIGGER deposit_moves_the_sums ON deposit_movement;
DROP FUNCTION deposit_state(bigint, numeric, numeric, numeric);
DROP FUNCTION deposit_moves_the_sums();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("deposit", "0001_initial"),
        ("payment", "0002_guards"),
        ("invoice", "0002_guards"),
        ("subscription", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.never_goes("deposit_template"),
        guards.never_goes("deposit_series"),
        guards.never_goes("deposit_deposit"),
        guards.transitions(
            "deposit_deposit",
            {
                "new": ["validated", "cancelled"],
                "validated": ["hold", "locked", "cancelled"],
                "hold": ["validated", "locked", "unlocked", "used", "refunded"],
                "locked": ["validated", "hold", "unlocked", "used", "refunded"],
                "unlocked": ["hold", "locked", "used", "refunded"],
                "used": ["hold", "locked", "unlocked"],
                "refunded": ["hold", "locked", "unlocked"],
                "cancelled": [],
            },
            initial="new",
        ),
        guards.frozen(
            "deposit_deposit",
            when="true",
            mutable=[
                "cancel_reason",
                "drawn_minor",
                "held_acc_minor",
                "received_minor",
                "refunded_minor",
                "state",
                "valid_until",
            ],  # fmt: skip
            name="deposit_frozen_once_made",
            why="what a deposit was asked for never changes",
        ),
        guards.only_grows("deposit_movement"),
        guards.only_grows("deposit_offerdeposit"),
        guards.never_goes("deposit_proposal"),
        guards.transitions(
            "deposit_proposal",
            {"open": ["approved", "declined"], "approved": [], "declined": []},
            initial="open",
        ),
        guards.frozen(
            "deposit_proposal",
            when="true",
            mutable=["answered_at", "answered_by", "state"],
            name="deposit_proposal_only_answered",
            why="what was proposed never changes",
        ),
        migrations.RunSQL(SUMS, UNSUMS),
    ]
