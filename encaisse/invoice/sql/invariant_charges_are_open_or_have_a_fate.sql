-- A charge has a fate, or is open: never both, never neither.
SELECT h.id AS charge, k.fate, o.charge_id IS NOT NULL AS is_open
  FROM charge_charge h
  LEFT JOIN billing_claim k ON k.charge_id = h.id
  LEFT JOIN charge_unclaimed o ON (o.charge_id, o.account_id) = (h.id, h.account_id)
 WHERE (k.charge_id IS NULL) = (o.charge_id IS NULL)
