"""The guards of `charge`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

WAITING = """
-- An event that is charged waited until then, and waits no longer: none is charged twice, nor one that nobody told.
CREATE FUNCTION charge_usage_was_waiting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken bigint;
BEGIN
    DELETE FROM usage_waiting w USING new_rows n WHERE w.event_id = n.event_id;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken <> (SELECT count(*) FROM new_rows) THEN
        RAISE EXCEPTION 'an event that is charged did not wait to be'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_was_waiting', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER usage_was_waiting AFTER INSERT ON charge_chargeusage
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION charge_usage_was_waiting();
"""
UNWAITING = """
DROP TRIGGER usage_was_waiting ON charge_chargeusage;
DROP FUNCTION charge_usage_was_waiting();
"""
OPEN = """
CREATE FUNCTION charge_comes_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO charge_unclaimed (account_id, charge_id) SELECT account_id, id FROM new_rows;
    RETURN NULL;
END $$;
CREATE TRIGGER charge_comes_open AFTER INSERT ON charge_charge
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION charge_comes_open();

-- Depth 1 is the statement of whoever asked; charges come, are claimed and re-opened at depth 2.
CREATE TRIGGER open_moves_by_itself BEFORE INSERT OR UPDATE OR DELETE ON charge_unclaimed FOR EACH STATEMENT
    WHEN (pg_trigger_depth() < 1)
    EXECUTE FUNCTION kernel_refuse('open_moves_by_itself', 'only a charge is open, and only until it is claimed');
"""
UNOPEN = """
DROP TRIGGER open_moves_by_itself ON charge_unclaimed;
DROP TRIGGER charge_comes_open ON charge_charge;
DROP FUNCTION charge_comes_open();
"""
WITHDRAWN = """
-- What waits or was withdrawn is not billed, and what was billed is not withdrawn. Few rows are, and an index names them.
CREATE FUNCTION charge_of_what_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM party_billingaccount a
                WHERE a.state = 'withdrawn' AND a.id IN (SELECT n.account_id FROM new_rows n))
    OR EXISTS (SELECT FROM subscription_subscription s JOIN subscription_item i ON i.subscription_id = s.id
                WHERE s.state IN ('waiting', 'withdrawn') AND i.id IN (SELECT n.item_id FROM new_rows n)) THEN
        RAISE EXCEPTION 'a charge is of what was withdrawn'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charge_of_what_is_there', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER charge_of_what_is_there AFTER INSERT ON charge_charge
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION charge_of_what_is_there();
CREATE FUNCTION charge_keeps_its_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n
                WHERE n.state = 'withdrawn' AND EXISTS (SELECT FROM charge_charge c WHERE c.account_id = n.id)) THEN
        RAISE EXCEPTION 'an account that was charged is not withdrawn'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charged_account_stays', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER charged_account_stays AFTER UPDATE ON party_billingaccount
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION charge_keeps_its_account();
CREATE FUNCTION charge_keeps_its_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n JOIN subscription_item i ON i.subscription_id = n.id
                WHERE n.state = 'withdrawn'
                  AND EXISTS (SELECT FROM charge_charge c WHERE c.account_id = i.account_id AND c.item_id = i.id)) THEN
        RAISE EXCEPTION 'a contract that was charged is not withdrawn'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charged_contract_stays', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER charged_contract_stays AFTER UPDATE ON subscription_subscription
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION charge_keeps_its_contract();
"""
UNWITHDRAWN = """
DROP TRIGGER charged_contract_stays ON subscription_subscription;
DROP FUNCTION charge_keeps_its_contract();
DROP TRIGGER charged_account_stays ON party_billingaccount;
DROP FUNCTION charge_keeps_its_account();
DROP TRIGGER charge_of_what_is_there ON charge_charge;
DROP FUNCTION charge_of_what_is_there();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("charge", "0001_initial"),
        ("party", "0002_guards"),
        ("subscription", "0002_guards"),
        ("catalog", "0002_guards"),
        ("usage", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.only_grows("charge_charge"),
        guards.references(
            "charge_charge",
            account_id="party_billingaccount",
            product_id="catalog_product",
            item_id="subscription_item",
            price_version_id="catalog_priceversion",
            buyer_reference_id="party_buyerreference",
            reverses_id="charge_charge",
        ),
        guards.only_grows("charge_chargeusage"),
        guards.references("charge_chargeusage", event_id="usage_event", charge_id="charge_charge"),
        migrations.RunSQL(WAITING, UNWAITING),
        migrations.RunSQL(OPEN, UNOPEN),
        migrations.RunSQL(WITHDRAWN, UNWITHDRAWN),
    ]
