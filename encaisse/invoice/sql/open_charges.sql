-- The charges of a part of a chunk that nothing has claimed, in the order in which lines will show them. What lines
-- repeat of them stands last, in the order of `rules.rows.LINE_COLUMNS`. A charge without references of its own goes
-- with those of its account.
-- Params: legal_entity_id, first_account, last_account, accounts (null: all), cutoff_date, manual (true: only charges by hand)
SELECT h.id, h.account_id, coalesce(h.buyer_reference_id, a.buyer_reference_id) AS buyer_reference_id,
       p.tax_class, h.quantity, h.amount, h.discount_amount,
       h.product_id, h.label, h.unit_price, h.discount_percent, h.discount_reason, h.period_from, h.period_to
  FROM charge_unclaimed o
  JOIN charge_charge h ON h.id = o.charge_id
  JOIN party_billingaccount a ON a.id = o.account_id
  JOIN catalog_product p ON p.id = h.product_id
 WHERE a.legal_entity_id = %(legal_entity_id)s
   AND o.account_id BETWEEN %(first_account)s AND %(last_account)s
   AND (%(accounts)s::bigint[] IS NULL OR o.account_id = ANY(%(accounts)s::bigint[]))
   AND h.billable_on < %(cutoff_date)s
   AND (h.kind = 'manual' OR NOT %(manual)s)
   AND h.kind <> 'reversal'
 ORDER BY o.account_id, o.charge_id
