-- The charges of an account are those on its lines and those open, voided or dropped: none is missing or counted twice.
-- By currency: their exact sum is that of the parts, and what its lines come to is what the charges on them bear.
WITH fate AS (
    SELECT h.account_id, h.currency, h.amount, k.share_minor, l.id AS line,
           k.charge_id IS NULL OR k.fate IN ('voided', 'dropped') AS is_apart
      FROM charge_charge h
      LEFT JOIN billing_claim k ON k.charge_id = h.id
      LEFT JOIN (SELECT l.id, i.account_id, i.currency
                   FROM invoice_line l JOIN invoice_invoice i ON i.id = l.invoice_id AND i.state <> 'cancelled') l
             ON (l.id, l.account_id, l.currency) = (k.line, h.account_id, h.currency)
), charged AS (
    SELECT account_id, currency, sum(amount) AS charged,
           sum(amount) FILTER (WHERE line IS NOT NULL) AS on_lines, sum(amount) FILTER (WHERE is_apart) AS apart,
           sum(share_minor) FILTER (WHERE line IS NOT NULL) AS shares_minor
      FROM fate GROUP BY account_id, currency
), lines AS (
    SELECT i.account_id, i.currency, sum(l.net_minor) AS net_minor
      FROM invoice_line l JOIN invoice_invoice i ON i.id = l.invoice_id
     WHERE i.state <> 'cancelled' AND NOT i.made_elsewhere
     GROUP BY i.account_id, i.currency
)
SELECT coalesce(c.account_id, l.account_id) AS account, coalesce(c.currency, l.currency) AS currency,
       c.charged, c.on_lines, c.apart, l.net_minor, c.shares_minor
  FROM charged c
  FULL JOIN lines l ON (l.account_id, l.currency) = (c.account_id, c.currency)
 WHERE coalesce(c.charged, 0) <> coalesce(c.on_lines, 0) + coalesce(c.apart, 0)
    OR coalesce(l.net_minor, 0) <> coalesce(c.shares_minor, 0)
