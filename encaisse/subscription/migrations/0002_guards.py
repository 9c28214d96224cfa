"""The guards of `subscription`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

# Triggers on columns, so that the hottest update, of `billed_through` alone, enters none but its own.
ITEM = """
-- Room on each page for a second version of all its rows, since rating writes one of each: no index needs to know.
ALTER TABLE subscription_item SET (fillfactor = 45);
CREATE TRIGGER item_keeps_what_it_says
    BEFORE UPDATE OF subscription_id, account_id, position, offer_id, quantity, unit_price, discount_percent,
                     discount_amount, discount_reason, starts_on, anchor_date, opened_by_id
    ON subscription_item FOR EACH ROW EXECUTE FUNCTION
    kernel_refuse('item_keeps_what_it_says', 'a segment ends, and another begins');
CREATE TRIGGER item_only_ends_sooner
    BEFORE UPDATE OF ends_on ON subscription_item FOR EACH ROW
    WHEN (OLD.ends_on IS NOT NULL AND (NEW.ends_on IS NULL OR NEW.ends_on > OLD.ends_on))
    EXECUTE FUNCTION kernel_refuse('item_only_ends_sooner', 'a segment that ended is not held again');
CREATE TRIGGER item_billed_once
    BEFORE UPDATE OF billed_through ON subscription_item FOR EACH ROW
    WHEN (NEW.billed_through < OLD.billed_through)
    EXECUTE FUNCTION kernel_refuse('item_billed_once', 'what is billed is not billed again');
"""
UNITEM = """
DROP TRIGGER item_keeps_what_it_says ON subscription_item;
DROP TRIGGER item_only_ends_sooner ON subscription_item;
DROP TRIGGER item_billed_once ON subscription_item;
"""
WAITING = """
-- A contract waits exactly as long as something that it waits for is not there; one that was given up may lack it.
CREATE FUNCTION subscription_waits_for_something() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM subscription_subscription s
                WHERE s.id = NEW.id AND s.state = 'waiting'
                  AND NOT EXISTS (SELECT FROM subscription_condition c
                                   WHERE c.subscription_id = s.id AND c.met_on IS NULL)) THEN
        RAISE EXCEPTION 'contract % waits for nothing', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER contract_waits_for_something
    AFTER INSERT OR UPDATE OF state ON subscription_subscription DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.state = 'waiting') EXECUTE FUNCTION subscription_waits_for_something();
CREATE FUNCTION subscription_begins_once_all_is_there() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM subscription_condition c WHERE c.subscription_id = NEW.id AND c.met_on IS NULL) THEN
        RAISE EXCEPTION 'contract % still waits', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contract_begins_once_all_is_there
    BEFORE UPDATE OF state ON subscription_subscription FOR EACH ROW
    WHEN (OLD.state = 'waiting' AND NEW.state = 'active')
    EXECUTE FUNCTION subscription_begins_once_all_is_there();
CREATE FUNCTION subscription_condition_while_it_waits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM subscription_subscription s WHERE s.id = NEW.subscription_id AND s.state = 'waiting' FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'contract % does not wait', NEW.subscription_id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER condition_while_its_contract_waits BEFORE INSERT OR UPDATE ON subscription_condition
    FOR EACH ROW EXECUTE FUNCTION subscription_condition_while_it_waits();
CREATE TRIGGER condition_keeps_what_it_says BEFORE UPDATE OF subscription_id, kind ON subscription_condition
    FOR EACH ROW EXECUTE FUNCTION
    kernel_refuse('condition_keeps_what_it_says', 'what a contract waits for is met, or not');
CREATE FUNCTION subscription_last_condition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM subscription_subscription s
                WHERE s.id = NEW.subscription_id AND s.state = 'waiting'
                  AND NOT EXISTS (SELECT FROM subscription_condition c
                                   WHERE c.subscription_id = s.id AND c.met_on IS NULL)) THEN
        RAISE EXCEPTION 'contract % has all that it waited for', NEW.subscription_id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER contract_waits_no_longer_than_it_must
    AFTER UPDATE OF met_on ON subscription_condition DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.met_on IS NOT NULL) EXECUTE FUNCTION subscription_last_condition();
"""
UNWAITING = """
DROP TRIGGER contract_waits_no_longer_than_it_must ON subscription_condition;
DROP FUNCTION subscription_last_condition();
DROP TRIGGER condition_keeps_what_it_says ON subscription_condition;
DROP TRIGGER condition_while_its_contract_waits ON subscription_condition;
DROP FUNCTION subscription_condition_while_it_waits();
DROP TRIGGER contract_begins_once_all_is_there ON subscription_subscription;
DROP FUNCTION subscription_begins_once_all_is_there();
DROP TRIGGER contract_waits_for_something ON subscription_subscription;
DROP FUNCTION subscription_waits_for_something();
"""
OWN_REFERENCE = """
ALTER TABLE subscription_subscription ADD CONSTRAINT contract_bears_a_reference_of_its_account
    FOREIGN KEY (buyer_reference_id, account_id) REFERENCES party_buyerreference (id, account_id);
"""
NO_OWN_REFERENCE = """
ALTER TABLE subscription_subscription DROP CONSTRAINT contract_bears_a_reference_of_its_account;
"""
HELD = """
-- No contract is of an account that was withdrawn, and no account is withdrawn that has one.
CREATE FUNCTION subscription_of_an_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM party_billingaccount a
                WHERE a.state = 'withdrawn'
                  AND a.id IN (SELECT n.account_id FROM new_rows n WHERE n.state <> 'withdrawn')) THEN
        RAISE EXCEPTION 'a contract is of an account that was withdrawn'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'contract_of_an_account_that_is_there',
                  TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contract_of_an_account_that_is_there AFTER INSERT ON subscription_subscription
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION subscription_of_an_account();
CREATE FUNCTION subscription_keeps_its_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_rows n
                WHERE n.state = 'withdrawn'
                  AND EXISTS (SELECT FROM subscription_subscription s
                               WHERE s.account_id = n.id AND s.state <> 'withdrawn')) THEN
        RAISE EXCEPTION 'an account that has a contract is not withdrawn'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_with_a_contract_stays', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER account_with_a_contract_stays AFTER UPDATE ON party_billingaccount
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION subscription_keeps_its_account();
"""
UNHELD = """
DROP TRIGGER account_with_a_contract_stays ON party_billingaccount;
DROP FUNCTION subscription_keeps_its_account();
DROP TRIGGER contract_of_an_account_that_is_there ON subscription_subscription;
DROP FUNCTION subscription_of_an_account();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("subscription", "0001_initial"),
        ("kernel", "0002_guards"),
        ("party", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.transitions(
            "subscription_subscription",
            {
                "waiting": ["active", "ended", "withdrawn"],
                "active": ["ended", "suspended", "withdrawn"],
                "suspended": ["active", "ended", "withdrawn"],
                "ended": [],
                "withdrawn": [],
            },
            initial="waiting active",
        ),
        guards.never_goes("subscription_subscription"),
        guards.never_goes("subscription_condition"),
        migrations.RunSQL(WAITING, UNWAITING),
        migrations.RunSQL(OWN_REFERENCE, NO_OWN_REFERENCE),
        migrations.RunSQL(HELD, UNHELD),
        guards.never_goes("subscription_item"),
        migrations.RunSQL(ITEM, UNITEM),
        guards.only_grows("subscription_event"),
    ]
