"""The guards of `ledger`: entries balance, stay as they are, and go with what they book."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

ENTRIES = """
ALTER TABLE ledger_entry ADD COLUMN made_in xid8 NOT NULL DEFAULT pg_current_xact_id();

-- Postings join an entry that this very transaction made: an entry gets no later lines.
-- What is posted together is of a block of entries: when all of it is this transaction's, no posting need be matched.
CREATE FUNCTION ledger_postings_join_new_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lowest bigint;
    highest bigint;
    total bigint;
    stray bigint;
BEGIN
    SELECT min(entry_id), max(entry_id), count(*) INTO lowest, highest, total FROM new_rows;
    IF highest - lowest <= 2 * total THEN
        PERFORM FROM ledger_entry WHERE id BETWEEN lowest AND highest
         HAVING count(*) = highest - lowest + 1 AND bool_and(made_in = pg_current_xact_id());
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    SELECT n.id INTO stray
      FROM (SELECT DISTINCT entry_id AS id FROM new_rows) n LEFT JOIN ledger_entry e ON e.id = n.id
     WHERE e.id IS NULL OR e.made_in <> pg_current_xact_id() LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entry % takes no later postings', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_gets_no_later_postings';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entry_gets_no_later_postings AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_join_new_entries();

-- At commit, every entry has two postings or more that sum to zero, and the piece that it books is there.
-- A deferred trigger on each entry would ask once a row: instead each statement that adds entries leaves one row
-- here, and its deferred trigger asks for the whole set.
CREATE TABLE ledger_entrycheck (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    first_entry bigint NOT NULL,
    last_entry bigint NOT NULL
);
CREATE FUNCTION ledger_entries_to_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_entrycheck (first_entry, last_entry)
    SELECT min(id), max(id) FROM new_rows HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_are_checked AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_to_check();

CREATE FUNCTION ledger_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
    posted bigint;
    entries bigint;
    lowest bigint;
    highest bigint;
    invoices bigint;
BEGIN
    -- Plain questions: a join of fresh tables, which have no statistics yet, would be planned as for one row.
    SELECT min(entry_id) FILTER (WHERE NOT balanced), count(*) INTO stray, posted
      FROM (SELECT entry_id, count(*) >= 2 AND sum(amount_minor) = 0 AS balanced
              FROM ledger_posting WHERE entry_id BETWEEN NEW.first_entry AND NEW.last_entry
             GROUP BY entry_id) p;
    SELECT count(*), min(invoice_id), max(invoice_id), count(invoice_id) INTO entries, lowest, highest, invoices
      FROM ledger_entry WHERE id BETWEEN NEW.first_entry AND NEW.last_entry;
    IF stray IS NULL AND posted <> entries THEN
        SELECT e.id INTO stray FROM ledger_entry e
         WHERE e.id BETWEEN NEW.first_entry AND NEW.last_entry AND e.made_in = pg_current_xact_id()
           AND NOT EXISTS (SELECT FROM ledger_posting p WHERE p.entry_id = e.id) LIMIT 1;
    END IF;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entry % does not balance', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_balances';
    END IF;
    IF highest - lowest <= 2 * invoices THEN
        PERFORM FROM invoice_invoice WHERE id BETWEEN lowest AND highest
         HAVING count(*) = highest - lowest + 1 AND bool_and(state = 'issued' AND NOT made_elsewhere);
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    SELECT e.id INTO stray
      FROM ledger_entry e LEFT JOIN invoice_invoice i ON i.id = e.invoice_id
     WHERE e.id BETWEEN NEW.first_entry AND NEW.last_entry AND e.made_in = pg_current_xact_id()
       AND e.kind = 'invoice' AND (i.state = 'issued' AND NOT i.made_elsewhere) IS NOT TRUE
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entry % books an invoice that is not issued here', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entry_books_what_is_issued';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entry_balances AFTER INSERT ON ledger_entrycheck
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_entries_balance();

-- An invoice is issued with its entry, which was written just before.
CREATE FUNCTION invoice_issued_with_its_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lowest bigint;
    highest bigint;
    total bigint;
    stray bigint;
BEGIN
    SELECT min(id), max(id), count(*) INTO lowest, highest, total FROM new_rows WHERE state = 'issued';
    IF highest - lowest <= 2 * total THEN
        PERFORM FROM ledger_entry WHERE invoice_id BETWEEN lowest AND highest AND kind = 'invoice'
         HAVING count(*) = highest - lowest + 1;
        IF FOUND THEN
            RETURN NULL;
        END IF;
    END IF;
    SELECT n.id INTO stray
      FROM new_rows n
     WHERE n.state = 'issued' AND NOT n.made_elsewhere
       AND NOT EXISTS (SELECT FROM ledger_entry e WHERE e.invoice_id = n.id AND e.kind = 'invoice') LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'invoice % is issued without its entry', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_issued_with_its_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_issued_with_its_entry AFTER UPDATE ON invoice_invoice
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION invoice_issued_with_its_entry();

-- A payment is recorded, returned or withdrawn with its entry in the same transaction, unless it settled elsewhere what
-- an opening entry leaves out: then only its return has one.
CREATE FUNCTION payment_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.method = 'external' AND NEW.state <> 'returned'
       AND EXISTS (SELECT FROM takeover_settlement WHERE payment_id = NEW.id AND in_opening) THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM ledger_entry WHERE payment_id = NEW.id
                      AND kind = CASE NEW.state WHEN 'returned' THEN 'payment_return'
                                                WHEN 'withdrawn' THEN 'payment_withdrawn' ELSE 'payment' END) THEN
        RAISE EXCEPTION 'payment % has no entry', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_recorded_with_its_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_recorded_with_its_entry AFTER INSERT ON payment_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_booked();
CREATE CONSTRAINT TRIGGER payment_returned_with_its_entry AFTER UPDATE ON payment_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION payment_booked();
"""
UNENTRIES = """
DROP TRIGGER payment_returned_with_its_entry ON payment_payment;
DROP TRIGGER payment_recorded_with_its_entry ON payment_payment;
DROP FUNCTION payment_booked();
DROP TRIGGER invoice_issued_with_its_entry ON invoice_invoice;
DROP FUNCTION invoice_issued_with_its_entry();
DROP TRIGGER entries_are_checked ON ledger_entry;
DROP TABLE ledger_entrycheck;
DROP FUNCTION ledger_entries_balance();
DROP FUNCTION ledger_entries_to_check();
DROP TRIGGER entry_gets_no_later_postings ON ledger_posting;
DROP FUNCTION ledger_postings_join_new_entries();
ALTER TABLE ledger_entry DROP COLUMN made_in;
"""

DAY_SUMS = """
-- What is posted is summed up by account and day in the same transaction. What is posted together is mostly of one
-- entity, journal and day: then no posting need be matched with its entry.
CREATE FUNCTION ledger_postings_are_summed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lowest bigint; highest bigint; total bigint; one record;
BEGIN
    SELECT min(entry_id), max(entry_id), count(*) INTO lowest, highest, total FROM new_rows;
    IF highest - lowest <= 2 * total THEN
        SELECT min(legal_entity_id) AS entity, min(journal) AS journal, min(date) AS date INTO one
          FROM ledger_entry WHERE id BETWEEN lowest AND highest
        HAVING min(legal_entity_id) = max(legal_entity_id) AND min(journal) = max(journal) AND min(date) = max(date);
        IF FOUND THEN
            INSERT INTO ledger_daysum (legal_entity_id, account_id, journal, date, postings, debit_minor, credit_minor)
            SELECT one.entity, account_id, one.journal, one.date, count(*), sum(greatest(amount_minor, 0)),
                   sum(greatest(-amount_minor, 0))
              FROM new_rows GROUP BY account_id;
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO ledger_daysum (legal_entity_id, account_id, journal, date, postings, debit_minor, credit_minor)
    SELECT e.legal_entity_id, n.account_id, e.journal, e.date, count(*),
           sum(greatest(n.amount_minor, 0)), sum(greatest(-n.amount_minor, 0))
      FROM new_rows n JOIN ledger_entry e ON e.id = n.entry_id GROUP BY 1, 2, 3, 4;
    RETURN NULL;
END $$;
CREATE TRIGGER postings_are_summed AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_are_summed();
"""
NO_DAY_SUMS = """
DROP TRIGGER postings_are_summed ON ledger_posting;
DROP FUNCTION ledger_postings_are_summed();
"""

VAT = """
-- `part` out of `whole` of an amount, rounded half-up, halves away from zero; nothing of nothing. Exact: a quotient
-- would be cut somewhere.
CREATE FUNCTION ledger_share(amount bigint, part bigint, whole bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN whole = 0 THEN 0
           ELSE sign(amount::numeric) * sign(part::numeric) * sign(whole::numeric)
              * div(2 * abs(amount::numeric * part) + abs(whole::numeric), 2 * abs(whole::numeric)) END::bigint
$$;

-- What is due of one tax that waits for payment, in the accounting currency: all that waits once all is settled.
CREATE FUNCTION ledger_vat_due(acc_tax_minor bigint, tax_minor bigint, deferred_minor bigint,
                               settled_minor bigint, payable_minor bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ledger_share(ledger_share(acc_tax_minor, deferred_minor, tax_minor), settled_minor, payable_minor)
$$;

-- Invoices whose collected VAT is asked about at commit, a set at a time: one row for each statement that settles
-- invoices with VAT in waiting, or that writes entries of it.
CREATE TABLE ledger_vatcheck (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    invoice_ids bigint[] NOT NULL
);
CREATE FUNCTION ledger_settled_vat_to_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_vatcheck (invoice_ids)
    SELECT array_agg(DISTINCT t.invoice_id)
      FROM (SELECT invoice_id AS id FROM new_rows
             UNION
            SELECT credit_note_id FROM new_rows WHERE credit_note_id IS NOT NULL) n
      JOIN invoice_invoicetax t ON t.invoice_id = n.id
     WHERE t.deferred_minor <> 0
    HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER settled_vat_is_checked AFTER INSERT ON allocation_allocation
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_settled_vat_to_check();
CREATE FUNCTION ledger_collected_vat_to_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_vatcheck (invoice_ids)
    SELECT array_agg(DISTINCT invoice_id) FROM new_rows WHERE kind = 'vat_collected' HAVING count(*) > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER collected_vat_is_checked AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_collected_vat_to_check();

-- What an entry collects is of its own invoice, and is written with it.
CREATE FUNCTION ledger_collected_vat_joins_new_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT n.id INTO stray
      FROM new_rows n
      LEFT JOIN ledger_entry e ON e.id = n.entry_id
      LEFT JOIN invoice_invoicetax t ON t.id = n.invoice_tax_id
     WHERE (e.made_in = pg_current_xact_id() AND e.kind = 'vat_collected' AND e.invoice_id = t.invoice_id)
           IS NOT TRUE LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'collected VAT % is not of a new entry of its invoice', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'collected_vat_joins_a_new_entry';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER collected_vat_joins_a_new_entry AFTER INSERT ON ledger_collectedvat
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ledger_collected_vat_joins_new_entries();

-- At commit, what was collected of each tax is what is due of it, and it is what its entries took from 44574.
CREATE FUNCTION ledger_vat_collected_as_settled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT t.invoice_id INTO stray
      FROM invoice_invoicetax t
      JOIN invoice_invoice i ON i.id = t.invoice_id
     WHERE t.invoice_id = ANY (NEW.invoice_ids)
       AND ledger_vat_due(t.acc_tax_minor, t.tax_minor, t.deferred_minor, i.settled_minor, i.payable_minor)
           <> (SELECT coalesce(sum(v.tax_minor), 0) FROM ledger_collectedvat v WHERE v.invoice_tax_id = t.id)
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'what invoice % was settled for is not what its VAT was collected for', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vat_collected_as_settled';
    END IF;
    SELECT e.id INTO stray
      FROM ledger_entry e
     WHERE e.invoice_id = ANY (NEW.invoice_ids) AND e.kind = 'vat_collected' AND e.made_in = pg_current_xact_id()
       AND (SELECT coalesce(sum(p.amount_minor), 0)
              FROM ledger_posting p JOIN ledger_account a ON a.id = p.account_id
             WHERE p.entry_id = e.id AND a.code = '44574')
           <> (SELECT coalesce(sum(v.tax_minor), 0) FROM ledger_collectedvat v WHERE v.entry_id = e.id)
     LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entry % does not post the VAT that it collects', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'vat_collected_is_posted';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER vat_collected_as_settled AFTER INSERT ON ledger_vatcheck
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_vat_collected_as_settled();
"""
UNVAT = """
DROP TABLE ledger_vatcheck;
DROP FUNCTION ledger_vat_collected_as_settled();
DROP TRIGGER collected_vat_joins_a_new_entry ON ledger_collectedvat;
DROP FUNCTION ledger_collected_vat_joins_new_entries();
DROP TRIGGER collected_vat_is_checked ON ledger_entry;
DROP FUNCTION ledger_collected_vat_to_check();
DROP TRIGGER settled_vat_is_checked ON allocation_allocation;
DROP FUNCTION ledger_settled_vat_to_check();
DROP FUNCTION ledger_vat_due(bigint, bigint, bigint, bigint, bigint);
DROP FUNCTION ledger_share(bigint, bigint, bigint);
"""


OPENINGS = """
-- What an invoice made elsewhere owed as it came in: what is payable of it, less what had settled it there.
CREATE FUNCTION ledger_opening_minor(i invoice_invoice) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT i.acc_gross_minor - i.deducted_minor - coalesce((
        SELECT p.acc_amount_minor FROM takeover_settlement s JOIN payment_payment p ON p.id = s.payment_id
         WHERE s.invoice_id = i.id AND s.in_opening), 0)
$$;

-- At commit, the opening entry of an invoice made elsewhere is what it owed, none when that is nothing, and is mirrored
-- if and only if the invoice is withdrawn. No other invoice has any. What is issued here never enters this function.
CREATE FUNCTION ledger_opening_is_what_was_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    this bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
BEGIN
    PERFORM FROM invoice_invoice i
       LEFT JOIN LATERAL (
           SELECT sum(p.amount_minor) FILTER (WHERE e.kind = 'opening') AS opened,
                  sum(p.amount_minor) FILTER (WHERE e.kind = 'opening_withdrawn') AS withdrawn
             FROM ledger_entry e JOIN ledger_posting p ON p.entry_id = e.id
            WHERE e.invoice_id = i.id AND e.kind IN ('opening', 'opening_withdrawn')
              AND p.billing_account_id = i.account_id) b ON true
      WHERE i.id = this AND i.made_elsewhere
        AND coalesce(b.opened, 0) = ledger_opening_minor(i)
        AND coalesce(b.withdrawn, 0) = CASE i.state WHEN 'withdrawn' THEN -coalesce(b.opened, 0) ELSE 0 END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the opening entry of invoice % is not what was open of it', this
            USING ERRCODE = 'check_violation', CONSTRAINT = 'opening_is_what_was_open';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER invoice_of_elsewhere_is_opened AFTER INSERT ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.made_elsewhere)
    EXECUTE FUNCTION ledger_opening_is_what_was_open('id');
CREATE CONSTRAINT TRIGGER invoice_of_elsewhere_is_closed AFTER UPDATE ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.made_elsewhere AND OLD.state IS DISTINCT FROM NEW.state)
    EXECUTE FUNCTION ledger_opening_is_what_was_open('id');
CREATE CONSTRAINT TRIGGER opening_is_what_was_open AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind IN ('opening', 'opening_withdrawn'))
    EXECUTE FUNCTION ledger_opening_is_what_was_open('invoice_id');
CREATE CONSTRAINT TRIGGER settlement_is_left_out_of_its_opening AFTER INSERT ON takeover_settlement
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.in_opening)
    EXECUTE FUNCTION ledger_opening_is_what_was_open('invoice_id');
"""
UNOPENINGS = """
DROP TRIGGER settlement_is_left_out_of_its_opening ON takeover_settlement;
DROP TRIGGER opening_is_what_was_open ON ledger_entry;
DROP TRIGGER invoice_of_elsewhere_is_closed ON invoice_invoice;
DROP TRIGGER invoice_of_elsewhere_is_opened ON invoice_invoice;
DROP FUNCTION ledger_opening_is_what_was_open();
DROP FUNCTION ledger_opening_minor(invoice_invoice);
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("ledger", "0001_initial"),
        ("invoice", "0002_guards"),
        ("takeover", "0002_guards"),
        ("allocation", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.never_goes("ledger_account"),
        guards.only_grows("ledger_entry"),
        guards.references(
            "ledger_entry",
            legal_entity_id="party_legalentity",
            invoice_id="invoice_invoice",
            payment_id="payment_payment",
            movement_id="deposit_movement",
        ),
        guards.only_grows("ledger_posting"),
        guards.references(
            "ledger_posting", account_id="ledger_account", billing_account_id="party_billingaccount"
        ),
        guards.only_grows("ledger_fecnumber"),
        migrations.RunSQL(ENTRIES, UNENTRIES),
        migrations.RunSQL(DAY_SUMS, NO_DAY_SUMS),
        guards.only_grows("ledger_collectedvat"),
        guards.references(
            "ledger_collectedvat", entry_id="ledger_entry", invoice_tax_id="invoice_invoicetax"
        ),
        migrations.RunSQL(VAT, UNVAT),
        migrations.RunSQL(OPENINGS, UNOPENINGS),
    ]
