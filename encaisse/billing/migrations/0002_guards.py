"""The guards of `billing`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

CLAIMED = """
-- A charge that is claimed was open until then, and is no longer: none has two fates, nor one that nobody rated.
CREATE FUNCTION billing_claimed_was_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken bigint;
BEGIN
    DELETE FROM charge_unclaimed o USING new_rows n WHERE o.charge_id = n.charge_id;
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken <> (SELECT count(*) FROM new_rows) THEN
        RAISE EXCEPTION 'a charge that is claimed was not open'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'claimed_was_open', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER claimed_was_open AFTER INSERT ON billing_claim
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION billing_claimed_was_open();
CREATE FUNCTION billing_charge_opens_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO charge_unclaimed (account_id, charge_id)
    SELECT h.account_id, h.id FROM old_rows k JOIN charge_charge h ON h.id = k.charge_id;
    RETURN NULL;
END $$;
CREATE TRIGGER charge_opens_again AFTER DELETE ON billing_claim
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION billing_charge_opens_again();
"""
UNCLAIMED = """
DROP TRIGGER charge_opens_again ON billing_claim;
DROP FUNCTION billing_charge_opens_again();
DROP TRIGGER claimed_was_open ON billing_claim;
DROP FUNCTION billing_claimed_was_open();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("billing", "0001_initial"), ("charge", "0002_guards")]
    operations: ClassVar = [
        guards.transitions(
            "billing_run",
            {
                "new": ["drafting", "cancelled"],
                "drafting": ["review", "cancelled"],
                "review": ["issuing", "drafting", "cancelled"],
                "issuing": ["finished", "complete"],
                "finished": ["complete"],
                "complete": [],
                "cancelled": [],
            },
            initial="new",
        ),
        guards.never_goes("billing_run"),
        guards.transitions(
            "billing_chunk",
            {
                "planned": ["rated", "cancelled"],
                "rated": ["drafted", "cancelled"],
                "drafted": ["issued", "planned", "cancelled"],
                "issued": [],
                "cancelled": [],
            },
            initial="planned",
        ),
        guards.never_goes("billing_chunk"),
        guards.never_goes("billing_cycle"),
        guards.references(
            "billing_outcome", on_update=True, run_id="billing_run", account_id="party_billingaccount"
        ),
        guards.references("billing_claim", on_update=True, run_id="billing_run"),
        migrations.RunSQL(CLAIMED, UNCLAIMED),
        guards.frozen(
            "billing_claim",
            when="(OLD.charge_id, OLD.run_id) IS DISTINCT FROM (NEW.charge_id, NEW.run_id)",
            mutable=[],
            name="claim_keeps_its_charge_and_run",
            why="a claim keeps its charge and its run",
        ),
    ]
