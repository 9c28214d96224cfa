"""The guards of advances: what is deducted of them, from what, and never more than was collected."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

ADVANCES = """
-- Whether a document is an advance, or the credit note of one.
CREATE FUNCTION invoice_is_of_an_advance(kind text, corrects bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT $1 = 'advance' OR ($1 = 'credit_note'
           AND EXISTS (SELECT FROM invoice_invoice i WHERE i.id = $2 AND i.kind = 'advance'))
$$;

-- An advance invoice says what it is for, and nothing else does.
CREATE FUNCTION invoice_advance_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM invoice_advance a WHERE a.invoice_id = NEW.id) THEN
        RAISE EXCEPTION 'advance % says not what it is for', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER advance_says_what_it_is_for AFTER INSERT ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'advance')
    EXECUTE FUNCTION invoice_advance_is_told();
CREATE FUNCTION invoice_advance_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM invoice_invoice i
       LEFT JOIN subscription_subscription s ON s.id = NEW.subscription_id
      WHERE i.id = NEW.invoice_id AND i.kind = 'advance' AND i.currency = i.accounting_currency
        AND (NEW.subscription_id IS NULL OR s.account_id = i.account_id);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'advance % does not fit its document', NEW.invoice_id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER advance_fits_its_document BEFORE INSERT ON invoice_advance
    FOR EACH ROW EXECUTE FUNCTION invoice_advance_fits();

-- What is deducted stands in its rows, to the cent.
CREATE FUNCTION invoice_deducted_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.deducted_minor <> (SELECT coalesce(sum(d.net_minor + d.tax_minor), 0)
                                FROM invoice_deduction d WHERE d.invoice_id = NEW.id) THEN
        RAISE EXCEPTION 'invoice % deducts what its rows do not say', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER deducted_is_told_by_its_rows AFTER INSERT ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.deducted_minor <> 0 AND NOT NEW.made_elsewhere)
    EXECUTE FUNCTION invoice_deducted_is_told();

-- A deduction is of a tax of an advance of the same account that is collected, never beyond it. Advances are locked in
-- order, so that two documents that deduct from one take turns, and the second sees the first. A credit note gives back.
CREATE FUNCTION invoice_deduction_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    PERFORM i.id FROM invoice_invoice i
      WHERE i.id IN (SELECT advance_id FROM new_rows) ORDER BY i.id FOR NO KEY UPDATE;
    SELECT n.invoice_id INTO stray
      FROM new_rows n
      JOIN invoice_invoice mine ON mine.id = n.invoice_id
      JOIN invoice_invoice a ON a.id = n.advance_id
      JOIN invoice_invoicetax t ON t.id = n.advance_tax_id
     WHERE t.invoice_id <> a.id OR a.state <> 'issued' OR mine.kind = 'advance'
        OR (a.account_id, a.currency) <> (mine.account_id, mine.currency)
        OR (mine.kind = 'credit_note') <> (n.net_minor + n.tax_minor < 0)
        OR (mine.kind = 'invoice' AND a.settled_minor <> a.payable_minor)
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'invoice % deducts what is no collected advance of its account', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deduction_fits_its_advance', TABLE = TG_TABLE_NAME;
    END IF;
    SELECT i.id INTO stray
      FROM invoice_invoice i
     WHERE i.id IN (SELECT invoice_id FROM new_rows)
       AND i.deducted_minor <> (SELECT sum(d.net_minor + d.tax_minor) FROM invoice_deduction d WHERE d.invoice_id = i.id)
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'the rows of invoice % are not what it deducts', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deduction_fits_its_advance', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER deduction_fits_its_advance AFTER INSERT ON invoice_deduction
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_deduction_fits();
CREATE TRIGGER deduction_joins_an_open_invoice AFTER INSERT ON invoice_deduction
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_takes_rows();

-- What is left of one tax of an advance: what it says, less what its credit notes took back and what documents that
-- stand, drafts among them, deduct of it.
CREATE FUNCTION invoice_advance_left(tax invoice_invoicetax, OUT net_minor bigint, OUT tax_minor bigint)
LANGUAGE sql STABLE AS $$
    SELECT (tax.base_minor + coalesce(c.net_minor, 0) - coalesce(d.net_minor, 0))::bigint,
           (tax.tax_minor + coalesce(c.tax_minor, 0) - coalesce(d.tax_minor, 0))::bigint
      FROM (SELECT sum(x.base_minor) AS net_minor, sum(x.tax_minor) AS tax_minor
              FROM invoice_invoice n JOIN invoice_invoicetax x ON x.invoice_id = n.id
             WHERE n.corrects_id = tax.invoice_id AND n.kind = 'credit_note' AND n.state <> 'cancelled'
               AND (x.kind, x.category, x.rate) = (tax.kind, tax.category, tax.rate)) c,
           (SELECT sum(x.net_minor) AS net_minor, sum(x.tax_minor) AS tax_minor
              FROM invoice_deduction x JOIN invoice_invoice i ON i.id = x.invoice_id AND i.state <> 'cancelled'
             WHERE x.advance_tax_id = tax.id) d
$$;
CREATE FUNCTION invoice_advance_is_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT t.invoice_id INTO stray
      FROM invoice_invoicetax t CROSS JOIN LATERAL invoice_advance_left(t) l
     WHERE t.id IN (SELECT advance_tax_id FROM new_rows)
       AND NOT (l.net_minor BETWEEN 0 AND t.base_minor AND l.tax_minor BETWEEN 0 AND t.tax_minor)
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'more is deducted of advance % than is left', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deducted_within_the_advance', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER deducted_within_the_advance AFTER INSERT ON invoice_deduction
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_advance_is_within();
CREATE FUNCTION invoice_credited_within_the_advance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM invoice_invoice a
                 JOIN invoice_invoicetax t ON t.invoice_id = a.id CROSS JOIN LATERAL invoice_advance_left(t) l
                WHERE a.id = NEW.corrects_id AND a.kind = 'advance' AND l.net_minor < 0) THEN
        RAISE EXCEPTION 'more is credited of advance % than is left', NEW.corrects_id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credited_within_the_advance AFTER INSERT ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'credit_note')
    EXECUTE FUNCTION invoice_credited_within_the_advance();

-- An advance whose money went back since the draft was made is deducted from nothing.
CREATE FUNCTION invoice_deducts_what_is_collected() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM invoice_deduction d JOIN invoice_invoice a ON a.id = d.advance_id
                WHERE d.invoice_id = NEW.id AND a.settled_minor <> a.payable_minor) THEN
        RAISE EXCEPTION 'invoice % deducts an advance that is not collected', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER deducted_only_once_collected BEFORE UPDATE OF state ON invoice_invoice FOR EACH ROW
    WHEN (NEW.state = 'issued' AND OLD.state <> 'issued' AND NEW.deducted_minor > 0)
    EXECUTE FUNCTION invoice_deducts_what_is_collected();
"""
UNADVANCES = """
DROP TRIGGER deducted_only_once_collected ON invoice_invoice;
DROP FUNCTION invoice_deducts_what_is_collected();
DROP TRIGGER credited_within_the_advance ON invoice_invoice;
DROP FUNCTION invoice_credited_within_the_advance();
DROP TRIGGER deducted_within_the_advance ON invoice_deduction;
DROP FUNCTION invoice_advance_is_within();
DROP FUNCTION invoice_advance_left(invoice_invoicetax);
DROP TRIGGER deduction_joins_an_open_invoice ON invoice_deduction;
DROP TRIGGER deduction_fits_its_advance ON invoice_deduction;
DROP FUNCTION invoice_deduction_fits();
DROP TRIGGER deducted_is_told_by_its_rows ON invoice_invoice;
DROP FUNCTION invoice_deducted_is_told();
DROP TRIGGER advance_fits_its_document ON invoice_advance;
DROP FUNCTION invoice_advance_fits();
DROP TRIGGER advance_says_what_it_is_for ON invoice_invoice;
DROP FUNCTION invoice_advance_is_told();
DROP FUNCTION invoice_is_of_an_advance(text, bigint);
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("invoice", "0002_guards"), ("subscription", "0002_guards")]
    operations: ClassVar = [
        guards.only_grows("invoice_advance"),
        guards.only_grows("invoice_deduction"),
        migrations.RunSQL(ADVANCES, UNADVANCES),
    ]
