"""The guards of the chart: what is posted where is said before it is posted, and a closed account takes nothing."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

MAPPINGS = """
-- A closed account takes no posting. Postings hold their accounts until their transaction ends, so that none is closed
-- meanwhile; what is written together is of few accounts.
CREATE FUNCTION ledger_postings_are_of_open_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed text;
BEGIN
    PERFORM FROM ledger_account
      WHERE id IN (SELECT DISTINCT account_id FROM new_rows) ORDER BY id FOR SHARE;
    SELECT code INTO closed FROM ledger_account
     WHERE is_closed AND id IN (SELECT DISTINCT account_id FROM new_rows) LIMIT 1;
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION 'account % is closed', closed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'closed_account_takes_no_posting';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER closed_account_takes_no_posting AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_are_of_open_accounts();

-- An account of the balance sheet is closed once it is nil in the books of each legal entity.
CREATE FUNCTION ledger_account_closes_nil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id
      WHERE p.account_id = NEW.id GROUP BY e.legal_entity_id HAVING sum(p.amount_minor) <> 0;
    IF FOUND THEN
        RAISE EXCEPTION 'account % is not nil', NEW.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_closes_nil';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_closes_nil BEFORE UPDATE ON ledger_account FOR EACH ROW
    WHEN (NEW.is_closed AND NOT OLD.is_closed AND NEW.code !~ '^[67]')
    EXECUTE FUNCTION ledger_account_closes_nil();

-- A mapping names an open account, and one of sales begins after whatever is issued: what is posted stays explained.
-- Issuing holds mappings in common (`hold_mappings.sql`); who adds one waits until nobody issues.
CREATE FUNCTION ledger_mapping_begins_after_what_is_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('ledger.mappings', 0));
    PERFORM FROM ledger_account WHERE id = NEW.account_id AND is_closed FOR SHARE;
    IF FOUND THEN
        RAISE EXCEPTION 'a mapping names the closed account %', NEW.account_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mapping_names_an_open_account';
    END IF;
    IF NEW.kind <> 'method' AND EXISTS (SELECT FROM invoice_series WHERE last_issue_date >= NEW.valid_from) THEN
        RAISE EXCEPTION 'documents are issued on % or later', NEW.valid_from
            USING ERRCODE = 'check_violation', CONSTRAINT = 'mapping_begins_after_what_is_issued';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mapping_begins_after_what_is_issued BEFORE INSERT ON ledger_mapping
    FOR EACH ROW EXECUTE FUNCTION ledger_mapping_begins_after_what_is_issued();

CREATE INDEX mapping_of_product ON ledger_mapping (product_id, valid_from DESC, id DESC) WHERE product_id IS NOT NULL;
CREATE INDEX mapping_of_component ON ledger_mapping (component_id, valid_from DESC, id DESC)
    WHERE component_id IS NOT NULL;

-- The account to which a product sold that day is posted.
CREATE FUNCTION ledger_revenue_account(product bigint, opened_with text, day date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT a.code FROM ledger_mapping m JOIN ledger_account a ON a.id = m.account_id
                      WHERE m.product_id = product AND m.valid_from <= day
                      ORDER BY m.valid_from DESC, m.id DESC LIMIT 1), opened_with)
$$;
-- The account to which a component of a tax on what is issued that day is posted, also when it is collected later.
CREATE FUNCTION ledger_tax_account(component bigint, opened_with text, day date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT a.code FROM ledger_mapping m JOIN ledger_account a ON a.id = m.account_id
                      WHERE m.component_id = component AND m.valid_from <= day
                      ORDER BY m.valid_from DESC, m.id DESC LIMIT 1), opened_with)
$$;
"""
UNMAPPINGS = """
DROP FUNCTION ledger_tax_account(bigint, text, date);
DROP FUNCTION ledger_revenue_account(bigint, text, date);
DROP INDEX mapping_of_component;
DROP INDEX mapping_of_product;
DROP TRIGGER mapping_begins_after_what_is_issued ON ledger_mapping;
DROP FUNCTION ledger_mapping_begins_after_what_is_issued();
DROP TRIGGER account_closes_nil ON ledger_account;
DROP FUNCTION ledger_account_closes_nil();
DROP TRIGGER closed_account_takes_no_posting ON ledger_posting;
DROP FUNCTION ledger_postings_are_of_open_accounts();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [("ledger", "0002_guards"), ("catalog", "0002_guards"), ("tax", "0002_guards")]
    operations: ClassVar = [
        guards.only_grows("ledger_mapping"),
        guards.references("ledger_daysum", account_id="ledger_account", legal_entity_id="party_legalentity"),
        guards.references("ledger_vatsum", legal_entity_id="party_legalentity"),
        guards.references(
            "ledger_mapping",
            account_id="ledger_account",
            component_id="tax_component",
            product_id="catalog_product",
        ),
        migrations.RunSQL(MAPPINGS, UNMAPPINGS),
    ]
