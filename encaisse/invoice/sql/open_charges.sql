-- The charges of a part of a chunk that nothing has claimed, in the order in which lines will show them.
-- Params: legal_entity_id, first_account, last_account, accounts (null: all), cutoff_date, manual (true: only charges by hand)
SELECT h.id, h.account_id, h.product_id, p.tax_class, h.label, h.quantity, h.unit_price, h.amount,
       h.discount_percent, h.period_from, h.period_to
  FROM charge_charge h
  JOIN party_billingaccount a ON a.id = h.account_id
  JOIN catalog_product p ON p.id = h.product_id
  LEFT JOIN billing_claim k ON k.charge_id = h.id
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND h.account_id BETWEEN %(first_account)s AND %(last_account)s
   AND (%(accounts)s::bigint[] IS NULL OR h.account_id = ANY(%(accounts)s::bigint[]))
   AND h.billable_on < %(cutoff_date)s
   AND (h.kind = 'manual' OR NOT %(manual)s)
   AND k.charge_id IS NULL
   AND h.kind <> 'reversal'
 ORDER BY h.account_id, h.id
