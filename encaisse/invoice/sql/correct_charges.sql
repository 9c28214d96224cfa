-- Each line of a credit note in part has its charge, which says the same: returned beside its line and its share.
-- A line is corrected once by a note: a second call is refused by `charge_origin_once`.
-- Params: invoice_id, decimals (of the currency), billable_on
WITH said AS (
    SELECT l.id, i.account_id, l.product_id, l.label, i.currency, l.quantity, l.unit_price,
           round(l.quantity * l.unit_price, 6) AS amount, l.discount_percent,
           l.discount_minor / 10::numeric ^ %(decimals)s::int AS discount, l.discount_reason, l.net_minor,
           l.period_from, l.period_to, i.buyer_reference_id, format('credit/%%s/%%s', l.corrects_line, i.id) AS origin_key
      FROM invoice_line l
      JOIN invoice_invoice i ON i.id = l.invoice_id
     WHERE i.id = %(invoice_id)s
), made AS (
    INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                               discount_percent, discount_amount, discount_reason, period_from, period_to, billable_on,
                               buyer_reference_id, origin_key)
    SELECT account_id, product_id, 'correction', label, currency, quantity, unit_price, amount, discount_percent,
           -- A discount by amount; the half cent that rounding may add to it is none of the charge's.
           CASE WHEN discount_percent = 0 AND discount <> 0 THEN sign(amount) * least(abs(discount), abs(amount)) END,
           discount_reason, period_from, period_to, %(billable_on)s, buyer_reference_id, origin_key
      FROM said
     ORDER BY id
 RETURNING id, origin_key
)
SELECT m.id, s.id, s.net_minor FROM made m JOIN said s USING (origin_key) ORDER BY m.id
