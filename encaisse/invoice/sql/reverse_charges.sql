-- Reverses every charge of an issued invoice and returns each new charge beside the line and share it mirrors.
-- A charge is reversed once: a second call is refused by `charge_reversed_once`.
-- Params: invoice_id, billable_on
WITH billed AS (
    SELECT h.*, k.line, k.share_minor
      FROM invoice_line l
      JOIN billing_claim k ON k.line = l.id
      JOIN charge_charge h ON h.id = k.charge_id
     WHERE l.invoice_id = %(invoice_id)s
), reversed AS (
    INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                               discount_percent, discount_amount, discount_reason, period_from, period_to, billable_on,
                               item_id, price_version_id, buyer_reference_id, reverses_id)
    SELECT account_id, product_id, 'reversal', label, currency, -quantity, unit_price, -amount,
           discount_percent, -discount_amount, discount_reason, period_from, period_to, %(billable_on)s,
           item_id, price_version_id, buyer_reference_id, id
      FROM billed
     ORDER BY id
 RETURNING id, reverses_id
)
SELECT r.id, b.line, b.share_minor FROM reversed r JOIN billed b ON b.id = r.reverses_id ORDER BY r.id
