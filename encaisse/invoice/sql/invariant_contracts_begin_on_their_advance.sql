-- A contract that waits lacks its advance exactly as long as nobody paid it.
SELECT c.subscription_id AS contract, a.invoice_id AS advance, c.met_on, i.settled_minor, i.payable_minor
  FROM subscription_condition c
  JOIN subscription_subscription s ON s.id = c.subscription_id AND s.state = 'waiting'
  JOIN invoice_advance a ON a.subscription_id = s.id
  JOIN invoice_invoice i ON i.id = a.invoice_id
 WHERE c.kind = 'advance'
   AND (c.met_on IS NOT NULL) <>
       (i.state = 'issued' AND i.settled_minor = i.payable_minor
        AND EXISTS (SELECT FROM invoice_invoicetax t CROSS JOIN LATERAL invoice_advance_left(t) l
                     WHERE t.invoice_id = i.id AND l.net_minor > 0))
