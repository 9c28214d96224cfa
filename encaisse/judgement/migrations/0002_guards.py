"""The guards of `judgement`."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

QUARANTINE = """
-- What waits in quarantine is a quarantined draft of the run, and the other way round; what was decided is neither.
-- Checked at commit, as both rows are then, since they are written one after the other. Argument: the invoice's key.
CREATE FUNCTION judgement_quarantine_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key bigint := to_jsonb(NEW) ->> TG_ARGV[0];
BEGIN
    PERFORM FROM judgement_quarantine q JOIN invoice_invoice i ON i.id = q.invoice_id
      WHERE q.invoice_id = key AND (i.run_id, i.legal_entity_id, i.account_id) = (q.run_id, q.legal_entity_id, q.account_id)
        AND (i.state = 'quarantined') = (q.decision = '');
    IF NOT FOUND THEN
        RAISE EXCEPTION 'invoice % does not agree with its place in quarantine', key
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER quarantine_agrees_with_its_invoice AFTER INSERT OR UPDATE ON judgement_quarantine
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION judgement_quarantine_agrees('invoice_id');
CREATE CONSTRAINT TRIGGER invoice_agrees_with_its_quarantine AFTER UPDATE ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.state = 'quarantined') <> (NEW.state = 'quarantined'))
    EXECUTE FUNCTION judgement_quarantine_agrees('id');
"""
UNQUARANTINE = """
DROP TRIGGER invoice_agrees_with_its_quarantine ON invoice_invoice;
DROP TRIGGER quarantine_agrees_with_its_invoice ON judgement_quarantine;
DROP FUNCTION judgement_quarantine_agrees();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("judgement", "0001_initial"),
        ("invoice", "0002_guards"),
        ("billing", "0002_guards"),
        ("party", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.never_goes("judgement_rule"),
        guards.frozen(
            "judgement_rule",
            when="true",
            mutable=["is_active"],
            name="validation_rule_never_changes",
            why="a rule never changes: another takes its place",
        ),
        guards.only_grows("judgement_finding"),
        guards.references("judgement_finding", invoice_id="invoice_invoice", rule_id="judgement_rule"),
        guards.never_goes("judgement_quarantine", key="invoice_id"),
        guards.references(
            "judgement_quarantine",
            invoice_id="invoice_invoice",
            run_id="billing_run",
            legal_entity_id="party_legalentity",
            account_id="party_billingaccount",
        ),
        guards.frozen(
            "judgement_quarantine",
            when="true",
            mutable=["decision", "decided_at", "decided_by"],
            name="quarantine_keeps_what_was_found",
            why="only the decision is added",
        ),
        guards.frozen(
            "judgement_quarantine",
            when="OLD.decision <> ''",
            mutable=[],
            name="quarantine_decided_once",
            why="what was decided stays",
        ),
        migrations.RunSQL(QUARANTINE, UNQUARANTINE),
    ]
