-- Instalments add up to what is payable of their invoice, in the order of their days and up to its due date.
-- Only issued invoices that are payable in several have any.
SELECT i.id AS invoice, i.number, i.payable_minor, n.amount_minor AS instalments_minor
  FROM invoice_invoice i
  LEFT JOIN (SELECT invoice_id, sum(amount_minor) AS amount_minor, max(due_date) AS due_date, bool_or(is_early) AS is_early
               FROM (SELECT *, due_date < lag(due_date) OVER (PARTITION BY invoice_id ORDER BY position) AS is_early
                       FROM invoice_instalment) s
              GROUP BY invoice_id) n ON n.invoice_id = i.id
 WHERE coalesce(n.amount_minor, 0) <> CASE WHEN i.state = 'issued' AND i.kind = 'invoice' AND i.terms_plan <> ''
                                           THEN i.payable_minor ELSE 0 END
    OR n.due_date > i.due_date OR n.is_early
