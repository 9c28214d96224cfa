-- The VAT numbers that the register of their country knows not, by its newest answer.
SELECT DISTINCT i.number
  FROM tax_numbercheck i
 WHERE i.verdict = 'invalid'
   AND NOT EXISTS (SELECT FROM tax_numbercheck v WHERE v.number = i.number AND v.id > i.id AND v.verdict = 'valid')
