-- The charges of an account are those on its lines and those open, voided or dropped: none is missing or counted twice.
-- By currency their exact sum is that of the parts; what its lines come to in a currency is what the charges on them
-- bear in it, whatever the currency of their price.
WITH fate AS (
    SELECT h.account_id, h.currency, h.amount, k.share_minor, l.currency AS line_currency,
           l.id IS NOT NULL AS is_on_a_line, k.charge_id IS NULL OR k.fate IN ('voided', 'dropped') AS is_apart
      FROM charge_charge h
      LEFT JOIN billing_claim k ON k.charge_id = h.id
      LEFT JOIN (SELECT l.id, i.account_id, i.currency
                   FROM invoice_line l JOIN invoice_invoice i ON i.id = l.invoice_id AND i.state <> 'cancelled') l
             ON (l.id, l.account_id) = (k.line, h.account_id)
), charged AS (
    SELECT account_id, currency, sum(amount) AS charged,
           sum(amount) FILTER (WHERE is_on_a_line) AS on_lines, sum(amount) FILTER (WHERE is_apart) AS apart
      FROM fate GROUP BY account_id, currency
), borne AS (
    SELECT account_id, line_currency AS currency, sum(share_minor) AS shares_minor
      FROM fate WHERE is_on_a_line GROUP BY account_id, line_currency
), lines AS (
    SELECT i.account_id, i.currency, sum(l.net_minor) AS net_minor
      FROM invoice_line l JOIN invoice_invoice i ON i.id = l.invoice_id
     WHERE i.state <> 'cancelled' AND NOT i.made_elsewhere
     GROUP BY i.account_id, i.currency
)
SELECT account_id AS account, currency, charged, on_lines, apart, NULL::numeric AS net_minor, NULL::numeric AS shares_minor
  FROM charged
 WHERE charged <> coalesce(on_lines, 0) + coalesce(apart, 0)
 UNION ALL
SELECT coalesce(b.account_id, l.account_id), coalesce(b.currency, l.currency), NULL, NULL, NULL, l.net_minor, b.shares_minor
  FROM borne b
  FULL JOIN lines l ON (l.account_id, l.currency) = (b.account_id, b.currency)
 WHERE coalesce(l.net_minor, 0) <> coalesce(b.shares_minor, 0)
