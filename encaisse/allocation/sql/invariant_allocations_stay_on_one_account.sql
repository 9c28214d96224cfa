-- An allocation joins a source and an invoice of one account.
SELECT a.id AS allocation, a.payment_id AS payment, a.credit_note_id AS credit_note, a.draw_id AS draw, a.invoice_id AS invoice
  FROM allocation_allocation a
  JOIN invoice_invoice i ON i.id = a.invoice_id
  LEFT JOIN payment_payment p ON p.id = a.payment_id
  LEFT JOIN invoice_invoice c ON c.id = a.credit_note_id
  LEFT JOIN deposit_movement m ON m.id = a.draw_id
  LEFT JOIN deposit_deposit d ON d.id = m.deposit_id
 WHERE coalesce(p.account_id, c.account_id, d.account_id) IS DISTINCT FROM i.account_id
