"""The guards of `invoice`: freeze, series, and the tie between a charge's fate and its line."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

CONTENT = """
-- What a draft says never changes: cancel it and draft again. Columns are named, since building two documents of
-- every row would double the cost of an issue; a test compares the list with the catalogue.
CREATE TRIGGER invoice_content_frozen BEFORE UPDATE ON invoice_invoice FOR EACH ROW
    WHEN ((
          OLD.legal_entity_id, OLD.account_id, OLD.run_id, OLD.split, OLD.kind, OLD.made_elsewhere,
          OLD.period_from, OLD.period_to, OLD.currency, OLD.allowance_minor, OLD.net_minor, OLD.tax_minor,
          OLD.gross_minor, OLD.deducted_minor, OLD.payable_minor, OLD.accounting_currency, OLD.rate, OLD.exchange_rate_id,
          OLD.acc_net_minor,
          OLD.acc_tax_minor, OLD.acc_gross_minor, OLD.seller_identity_id, OLD.buyer_identity_id,
          OLD.buyer_reference_id, OLD.language, OLD.terms_kind, OLD.terms_days, OLD.terms_day, OLD.terms_plan,
          OLD.corrects_id, OLD.reason,
          OLD.digest_version, OLD.digest, OLD.drafted_at
    ) IS DISTINCT FROM (
          NEW.legal_entity_id, NEW.account_id, NEW.run_id, NEW.split, NEW.kind, NEW.made_elsewhere,
          NEW.period_from, NEW.period_to, NEW.currency, NEW.allowance_minor, NEW.net_minor, NEW.tax_minor,
          NEW.gross_minor, NEW.deducted_minor, NEW.payable_minor, NEW.accounting_currency, NEW.rate, NEW.exchange_rate_id,
          NEW.acc_net_minor,
          NEW.acc_tax_minor, NEW.acc_gross_minor, NEW.seller_identity_id, NEW.buyer_identity_id,
          NEW.buyer_reference_id, NEW.language, NEW.terms_kind, NEW.terms_days, NEW.terms_day, NEW.terms_plan,
          NEW.corrects_id, NEW.reason,
          NEW.digest_version, NEW.digest, NEW.drafted_at
    ))
    EXECUTE FUNCTION kernel_refuse('invoice_content_frozen', 'the content of a draft never changes');
"""
UNCONTENT = "DROP TRIGGER invoice_content_frozen ON invoice_invoice;"

SERIES = """
-- A series moves forward by as many numbers as it gives, and never to an earlier date.
CREATE TRIGGER series_moves_forward BEFORE UPDATE ON invoice_series FOR EACH ROW
    WHEN (NEW.last_number < OLD.last_number OR NEW.last_issue_date < OLD.last_issue_date
          OR (NEW.legal_entity_id, NEW.kind, NEW.period, NEW.prefix)
             IS DISTINCT FROM (OLD.legal_entity_id, OLD.kind, OLD.period, OLD.prefix))
    EXECUTE FUNCTION kernel_refuse('series_moves_forward', 'a series only moves forward');
CREATE TRIGGER series_begins_empty BEFORE INSERT ON invoice_series FOR EACH ROW
    WHEN (NEW.last_number <> 0 OR NEW.last_issue_date IS NOT NULL OR NEW.last_link <> ''::bytea)
    EXECUTE FUNCTION kernel_refuse('series_begins_empty', 'a series begins at zero');

CREATE FUNCTION invoice_series_has_no_hole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    given bigint;
    head bytea;
BEGIN
    SELECT count(*) INTO given FROM invoice_invoice
     WHERE series_id = NEW.id AND sequence > OLD.last_number AND sequence <= NEW.last_number;
    SELECT link INTO head FROM invoice_invoice WHERE series_id = NEW.id AND sequence = NEW.last_number;
    IF given <> NEW.last_number - OLD.last_number OR head IS DISTINCT FROM NEW.last_link THEN
        RAISE EXCEPTION 'series % says % but its invoices do not', NEW.id, NEW.last_number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'series_has_no_hole';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER series_has_no_hole AFTER UPDATE ON invoice_series
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.last_number IS DISTINCT FROM NEW.last_number OR OLD.last_link IS DISTINCT FROM NEW.last_link)
    EXECUTE FUNCTION invoice_series_has_no_hole();

-- What was issued here stands in its series, of the same entity and kind, at or below its last number and date.
CREATE FUNCTION invoice_stands_in_its_series() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT n.id INTO stray
      FROM new_rows n LEFT JOIN invoice_series s ON s.id = n.series_id
     WHERE n.state = 'issued' AND NOT n.made_elsewhere
       AND (s.id IS NULL OR n.sequence > s.last_number OR n.issue_date > s.last_issue_date
            OR (s.legal_entity_id, s.kind) <> (n.legal_entity_id, n.kind)
            OR n.number <> s.prefix || lpad(n.sequence::text, greatest(s.width::int, length(n.sequence::text)), '0'))
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'invoice % does not stand in its series', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_stands_in_its_series';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_stands_in_its_series AFTER UPDATE ON invoice_invoice
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_stands_in_its_series();
"""
UNSERIES = """
DROP TRIGGER invoice_stands_in_its_series ON invoice_invoice;
DROP FUNCTION invoice_stands_in_its_series();
DROP TRIGGER series_has_no_hole ON invoice_series;
DROP FUNCTION invoice_series_has_no_hole();
DROP TRIGGER series_begins_empty ON invoice_series;
DROP TRIGGER series_moves_forward ON invoice_series;
"""

REFERENCE = r"""
-- The references of the buyer as the seals of the documents that bear them name them; empty when there are none.
CREATE FUNCTION invoice_reference_text(r party_buyerreference) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(concat_ws(E'\x1f', r.id::text, r.order_reference, r.contract_reference, r.buyer_reference), '')
$$;
"""
UNREFERENCE = "DROP FUNCTION invoice_reference_text(party_buyerreference);"

LINES = """
-- Lines, taxes and allowances join an invoice that exists and is not issued. Its row is locked FOR KEY SHARE, which an
-- issue's FOR UPDATE excludes; a row that this very transaction made is invisible to others and needs no lock.
-- What is loaded together joins a block of invoices: when all of them are there, open and of this transaction, no row
-- need be matched with its own.
CREATE FUNCTION invoice_takes_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lowest bigint;
    highest bigint;
    total bigint;
    stray bigint;
    shared boolean;
BEGIN
    SELECT min(invoice_id), max(invoice_id), count(*) INTO lowest, highest, total FROM new_rows;
    IF highest - lowest <= 2 * total THEN
        PERFORM FROM invoice_invoice WHERE id BETWEEN lowest AND highest
         HAVING count(*) = highest - lowest + 1
            AND bool_and(state NOT IN ('issued', 'cancelled') AND xmin = pg_current_xact_id()::xid);
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    SELECT min(n.id) FILTER (WHERE i.id IS NULL OR i.state IN ('issued', 'cancelled')),
           bool_or(i.xmin <> pg_current_xact_id()::xid)
      INTO stray, shared
      FROM (SELECT DISTINCT invoice_id AS id FROM new_rows) n LEFT JOIN invoice_invoice i ON i.id = n.id;
    IF stray IS NULL AND shared THEN
        PERFORM i.id FROM invoice_invoice i WHERE i.id IN (SELECT invoice_id FROM new_rows)
          ORDER BY i.id FOR KEY SHARE OF i;
        -- Whoever held them may have issued one meanwhile.
        SELECT min(n.id) FILTER (WHERE i.state IN ('issued', 'cancelled')) INTO stray
          FROM (SELECT DISTINCT invoice_id AS id FROM new_rows) n LEFT JOIN invoice_invoice i ON i.id = n.id;
    END IF;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'invoice % takes no more rows: it is issued, cancelled or unknown', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_frozen_once_issued', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER line_joins_an_open_invoice AFTER INSERT ON invoice_line
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_takes_rows();
CREATE TRIGGER tax_joins_an_open_invoice AFTER INSERT ON invoice_invoicetax
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_takes_rows();
CREATE TRIGGER allowance_joins_an_open_invoice AFTER INSERT ON invoice_allowance
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_takes_rows();
CREATE TRIGGER instalment_joins_an_open_invoice AFTER INSERT ON invoice_instalment
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_takes_rows();
"""
UNLINES = """
DROP TRIGGER instalment_joins_an_open_invoice ON invoice_instalment;
DROP TRIGGER allowance_joins_an_open_invoice ON invoice_allowance;
DROP TRIGGER tax_joins_an_open_invoice ON invoice_invoicetax;
DROP TRIGGER line_joins_an_open_invoice ON invoice_line;
DROP FUNCTION invoice_takes_rows();
"""

CORRECTIONS = """
-- A line that takes back a part of another stands on the document that corrects the other's, which is issued and of
-- the opposite kind, and is of the same product and tax. Lines of bills take nothing back and cost one look at the set.
CREATE FUNCTION invoice_correction_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows WHERE corrects_line IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    SELECT n.id INTO stray
      FROM new_rows n
      JOIN invoice_invoice mine ON mine.id = n.invoice_id
      LEFT JOIN invoice_line l ON l.id = n.corrects_line
      LEFT JOIN invoice_invoice i ON i.id = l.invoice_id
     WHERE n.corrects_line IS NOT NULL
       AND ((i.id, i.state) IS DISTINCT FROM (mine.corrects_id, 'issued') OR i.kind = mine.kind
            OR (l.product_id, l.tax_id) <> (n.product_id, n.tax_id))
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'line % does not fit what it corrects', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'correction_fits_its_line';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER correction_fits_its_line AFTER INSERT ON invoice_line
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_correction_fits();

-- What all documents that stand take back of a line lies between nothing and the line. The corrected documents are
-- locked in order of id, so that two that take from one line at once take turns, and the second sees the first.
CREATE FUNCTION invoice_correction_is_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows WHERE corrects_line IS NOT NULL) THEN
        RETURN NULL;
    END IF;
    PERFORM i.id FROM invoice_invoice i
      WHERE i.id IN (SELECT l.invoice_id FROM invoice_line l JOIN new_rows n ON n.corrects_line = l.id)
      ORDER BY i.id FOR NO KEY UPDATE;
    SELECT l.id INTO stray
      FROM invoice_line l
      JOIN invoice_line c ON c.corrects_line = l.id
      JOIN invoice_invoice i ON i.id = c.invoice_id
     WHERE l.id IN (SELECT corrects_line FROM new_rows) AND i.state <> 'cancelled'
     GROUP BY l.id, l.net_minor
    HAVING -sum(c.net_minor) NOT BETWEEN least(l.net_minor, 0) AND greatest(l.net_minor, 0)
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'more is taken back of line % than it says', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'corrections_within_their_line';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER corrections_within_their_line AFTER INSERT ON invoice_line
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_correction_is_within();
"""
UNCORRECTIONS = """
DROP TRIGGER corrections_within_their_line ON invoice_line;
DROP FUNCTION invoice_correction_is_within();
DROP TRIGGER correction_fits_its_line ON invoice_line;
DROP FUNCTION invoice_correction_fits();
"""

FATE = """
-- A charge whose invoice is issued is billed for good: its claim neither goes nor changes, nor is one added; and the
-- line of a claim exists. Claims loaded together are of a block of lines, and those of a block of invoices: when all
-- of it is there and nothing issued, no claim need be matched with its own.
CREATE FUNCTION billing_claim_settled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lowest bigint;
    highest bigint;
    total bigint;
    missing bigint;
    stray bigint;
BEGIN
    SELECT min(line), max(line), count(line) INTO lowest, highest, total FROM changed_rows;
    IF lowest IS NULL THEN
        RETURN NULL;
    ELSIF highest - lowest <= 2 * total THEN
        SELECT min(invoice_id), max(invoice_id), count(*) INTO lowest, highest, total
          FROM invoice_line WHERE id BETWEEN lowest AND highest
        HAVING count(*) = highest - lowest + 1;
        IF highest - lowest <= 2 * total THEN
            PERFORM FROM invoice_invoice WHERE id BETWEEN lowest AND highest HAVING bool_and(state <> 'issued');
            IF FOUND THEN
                RETURN NULL;
            END IF;
        END IF;
    END IF;
    -- No condition on the state within the join: statistics older than the run would promise next to no issued
    -- invoice, and have the few of them searched through for every charge.
    SELECT min(r.line) FILTER (WHERE l.id IS NULL), min(r.charge_id) FILTER (WHERE i.state = 'issued')
      INTO missing, stray
      FROM changed_rows r
      LEFT JOIN invoice_line l ON l.id = r.line
      LEFT JOIN invoice_invoice i ON i.id = l.invoice_id;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'line % of billing_claim is not in invoice_line', missing
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'claim_line_exists', TABLE = TG_TABLE_NAME;
    ELSIF stray IS NOT NULL THEN
        RAISE EXCEPTION 'charge % is on an issued invoice', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charge_billed_for_good';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER claim_stays_when_issued AFTER DELETE ON billing_claim
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION billing_claim_settled();
CREATE TRIGGER claim_keeps_its_line_when_issued AFTER UPDATE ON billing_claim
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION billing_claim_settled();
CREATE TRIGGER claim_joins_an_open_invoice AFTER INSERT ON billing_claim
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION billing_claim_settled();
CREATE TRIGGER claim_moves_to_an_open_invoice AFTER UPDATE ON billing_claim
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION billing_claim_settled();
CREATE TRIGGER billing_claim_never_emptied BEFORE TRUNCATE ON billing_claim
    EXECUTE FUNCTION kernel_refuse('charge_billed_for_good', 'these rows never go');
CREATE TRIGGER outcome_invoice_exists AFTER INSERT ON billing_outcome
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION kernel_check_references('billing_outcome_references', 'invoice_id', 'invoice_invoice');
CREATE TRIGGER outcome_invoice_exists_updated AFTER UPDATE ON billing_outcome
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION kernel_check_references('billing_outcome_references', 'invoice_id', 'invoice_invoice');
CREATE TRIGGER run_replaces_an_invoice AFTER INSERT ON billing_run
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION kernel_check_references('billing_run_references', 'replaces', 'invoice_invoice');
CREATE TRIGGER run_replaces_an_invoice_updated AFTER UPDATE ON billing_run
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION kernel_check_references('billing_run_references', 'replaces', 'invoice_invoice');
"""
UNFATE = """
DROP TRIGGER run_replaces_an_invoice_updated ON billing_run;
DROP TRIGGER run_replaces_an_invoice ON billing_run;
DROP TRIGGER outcome_invoice_exists_updated ON billing_outcome;
DROP TRIGGER outcome_invoice_exists ON billing_outcome;
DROP TRIGGER billing_claim_never_emptied ON billing_claim;
DROP TRIGGER claim_moves_to_an_open_invoice ON billing_claim;
DROP TRIGGER claim_joins_an_open_invoice ON billing_claim;
DROP TRIGGER claim_keeps_its_line_when_issued ON billing_claim;
DROP TRIGGER claim_stays_when_issued ON billing_claim;
DROP FUNCTION billing_claim_settled();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("invoice", "0001_initial"),
        ("billing", "0002_guards"),
        ("catalog", "0002_guards"),
        ("currency", "0002_guards"),
        ("party", "0002_guards"),
        ("tax", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.transitions(
            "invoice_invoice",
            {
                "draft": ["approved", "suspect", "rejected", "quarantined", "cancelled"],
                "approved": ["issued", "suspect", "rejected", "quarantined", "cancelled"],
                "suspect": ["approved", "rejected", "quarantined", "cancelled"],
                "rejected": ["approved", "quarantined", "cancelled"],
                "quarantined": ["approved", "rejected", "cancelled"],
                "issued": ["withdrawn"],
                "cancelled": [],
                "withdrawn": [],
            },
            initial="draft approved suspect rejected quarantined",
            besides="NEW.made_elsewhere AND NEW.state = 'issued'",
        ),
        guards.frozen(
            "invoice_invoice",
            when="OLD.state = 'issued' AND NOT OLD.made_elsewhere",
            mutable=["settled_minor"],
            name="invoice_frozen_once_issued",
            why="an issued invoice never changes",
        ),
        guards.frozen(
            "invoice_invoice",
            when="OLD.made_elsewhere",
            mutable=["settled_minor", "state"],
            name="invoice_frozen_once_brought_in",
            why="an invoice made elsewhere never changes",
        ),
        migrations.RunSQL(CONTENT, UNCONTENT),
        guards.never_goes("invoice_invoice"),
        guards.references(
            "invoice_invoice",
            legal_entity_id="party_legalentity",
            account_id="party_billingaccount",
            run_id="billing_run",
            seller_identity_id="party_identity",
            buyer_identity_id="party_identity",
            buyer_reference_id="party_buyerreference",
            corrects_id="invoice_invoice",
            exchange_rate_id="currency_exchangerate",
        ),
        guards.never_goes("invoice_series"),
        migrations.RunSQL(SERIES, UNSERIES),
        guards.only_grows("invoice_line"),
        guards.references("invoice_line", product_id="catalog_product", tax_id="tax_tax"),
        guards.only_grows("invoice_instalment"),
        guards.only_grows("invoice_invoicetax"),
        guards.references("invoice_invoicetax", tax_id="tax_tax"),
        guards.only_grows("invoice_allowance"),
        guards.references("invoice_allowance", tax_id="tax_tax"),
        migrations.RunSQL(REFERENCE, UNREFERENCE),
        migrations.RunSQL(LINES, UNLINES),
        migrations.RunSQL(CORRECTIONS, UNCORRECTIONS),
        migrations.RunSQL(FATE, UNFATE),
    ]
