"""The guards of `takeover`: what came from elsewhere names where, and settles what came from there too."""

from typing import ClassVar

from django.db import migrations

from encaisse.kernel import guards

NUMBERS = """
-- A number brought in from elsewhere is none that a series of ours gives, now or later: a prefix and a place in it.
-- Only rows made elsewhere enter here, and a series when it is opened, once a year.
CREATE FUNCTION takeover_number_of_series(number text, prefix text, width int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT left(number, length(prefix)) = prefix
       AND substr(number, length(prefix) + 1) ~ ('^([0-9]{' || width || '}|[1-9][0-9]{' || width || ',})$')
$$;
CREATE FUNCTION takeover_numbers_stay_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'invoice_series' THEN
        PERFORM FROM invoice_invoice
          WHERE made_elsewhere AND state = 'issued' AND legal_entity_id = NEW.legal_entity_id AND kind = NEW.kind
            AND takeover_number_of_series(number, NEW.prefix, NEW.width);
    ELSE
        PERFORM FROM invoice_series
          WHERE legal_entity_id = NEW.legal_entity_id AND kind = NEW.kind
            AND takeover_number_of_series(NEW.number, prefix, width);
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'a number made elsewhere is one of a series'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_number_is_not_of_a_series', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_number_is_not_of_a_series AFTER INSERT ON invoice_invoice FOR EACH ROW
    WHEN (NEW.made_elsewhere) EXECUTE FUNCTION takeover_numbers_stay_apart();
CREATE TRIGGER series_gives_no_number_of_elsewhere AFTER INSERT ON invoice_series FOR EACH ROW
    EXECUTE FUNCTION takeover_numbers_stay_apart();
"""
UNNUMBERS = """
DROP TRIGGER series_gives_no_number_of_elsewhere ON invoice_series;
DROP TRIGGER invoice_number_is_not_of_a_series ON invoice_invoice;
DROP FUNCTION takeover_numbers_stay_apart();
DROP FUNCTION takeover_number_of_series(text, text, int);
"""

ELSEWHERE = """
-- An invoice made elsewhere tells at commit where it comes from, and no other invoice does. Rows issued here never
-- enter these functions.
CREATE FUNCTION takeover_invoice_has_its_origin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM takeover_origin WHERE invoice_id = NEW.id) THEN
        RAISE EXCEPTION 'invoice % was made elsewhere and does not say where', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_made_elsewhere_has_its_origin';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER invoice_made_elsewhere_has_its_origin AFTER INSERT ON invoice_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.made_elsewhere)
    EXECUTE FUNCTION takeover_invoice_has_its_origin();

CREATE FUNCTION takeover_origin_is_of_elsewhere() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT n.invoice_id INTO stray
      FROM new_rows n LEFT JOIN invoice_invoice i ON i.id = n.invoice_id
     WHERE i.made_elsewhere IS NOT TRUE LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'invoice % was not made elsewhere', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'origin_is_of_elsewhere';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER origin_is_of_elsewhere AFTER INSERT ON takeover_origin
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION takeover_origin_is_of_elsewhere();

-- A payment that came from elsewhere says at commit what it was there.
CREATE FUNCTION takeover_payment_is_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM takeover_settlement WHERE NEW.method = 'external' AND payment_id = NEW.id
                    UNION ALL
                   SELECT FROM takeover_credit WHERE NEW.method = 'carried' AND payment_id = NEW.id) THEN
        RAISE EXCEPTION 'payment % comes from elsewhere and does not say what it was there', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_of_elsewhere_is_told';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_of_elsewhere_is_told AFTER INSERT ON payment_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.method IN ('external', 'carried'))
    EXECUTE FUNCTION takeover_payment_is_told();

-- What settled an invoice elsewhere is a payment of kind external of the same account, and it settled an invoice made
-- there, not a credit note.
CREATE FUNCTION takeover_settlement_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT n.payment_id INTO stray
      FROM new_rows n
      LEFT JOIN payment_payment p ON p.id = n.payment_id
      LEFT JOIN invoice_invoice i ON i.id = n.invoice_id
     WHERE (p.method = 'external' AND i.made_elsewhere AND i.kind = 'invoice'
            AND (p.account_id, p.currency) = (i.account_id, i.currency)) IS NOT TRUE LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'payment % did not settle that invoice elsewhere', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_fits_its_invoice';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_fits_its_invoice AFTER INSERT ON takeover_settlement
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION takeover_settlement_fits();

CREATE FUNCTION takeover_credit_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stray bigint;
BEGIN
    SELECT n.payment_id INTO stray
      FROM new_rows n LEFT JOIN payment_payment p ON p.id = n.payment_id
     WHERE p.method IS DISTINCT FROM 'carried' LIMIT 1;
    IF stray IS NOT NULL THEN
        RAISE EXCEPTION 'payment % was carried from nowhere', stray
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_was_carried';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_was_carried AFTER INSERT ON takeover_credit
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION takeover_credit_fits();
"""
UNELSEWHERE = """
DROP TRIGGER credit_was_carried ON takeover_credit;
DROP FUNCTION takeover_credit_fits();
DROP TRIGGER settlement_fits_its_invoice ON takeover_settlement;
DROP FUNCTION takeover_settlement_fits();
DROP TRIGGER payment_of_elsewhere_is_told ON payment_payment;
DROP FUNCTION takeover_payment_is_told();
DROP TRIGGER origin_is_of_elsewhere ON takeover_origin;
DROP FUNCTION takeover_origin_is_of_elsewhere();
DROP TRIGGER invoice_made_elsewhere_has_its_origin ON invoice_invoice;
DROP FUNCTION takeover_invoice_has_its_origin();
"""


class Migration(migrations.Migration):
    """Install them."""

    dependencies: ClassVar = [
        ("takeover", "0001_initial"),
        ("invoice", "0002_guards"),
        ("payment", "0002_guards"),
    ]
    operations: ClassVar = [
        guards.only_grows("takeover_origin"),
        guards.only_grows("takeover_settlement"),
        guards.only_grows("takeover_credit"),
        migrations.RunSQL(NUMBERS, UNNUMBERS),
        migrations.RunSQL(ELSEWHERE, UNELSEWHERE),
    ]
