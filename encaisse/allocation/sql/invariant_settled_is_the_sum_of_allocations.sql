-- What is settled of an invoice, or used of a credit note, is the sum of its allocations and lies within its amount.
SELECT i.id AS invoice, i.number, i.settled_minor, coalesce(a.laid_minor, 0) AS allocated_minor
  FROM invoice_invoice i
  LEFT JOIN (SELECT id, sum(amount_minor) AS laid_minor
               FROM (SELECT invoice_id AS id, amount_minor FROM allocation_allocation
                      UNION ALL
                     SELECT credit_note_id, -amount_minor FROM allocation_allocation
                      WHERE credit_note_id IS NOT NULL) sides
              GROUP BY id) a ON a.id = i.id
 WHERE i.settled_minor <> coalesce(a.laid_minor, 0)
    OR i.settled_minor NOT BETWEEN least(i.payable_minor, 0) AND greatest(i.payable_minor, 0)
