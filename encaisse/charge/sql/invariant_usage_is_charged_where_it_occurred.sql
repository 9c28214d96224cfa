-- An event is in a charge of its own contract, for the period that its local day lies in.
SELECT e.id AS event, h.id AS charge, e.occurred_at, h.period_from, h.period_to
  FROM charge_chargeusage u
  JOIN usage_event e ON e.id = u.event_id
  JOIN charge_charge h ON h.id = u.charge_id
  LEFT JOIN subscription_item i ON i.id = h.item_id
  JOIN party_billingaccount a ON a.id = h.account_id
  JOIN party_legalentity l ON l.id = a.legal_entity_id
 WHERE (h.kind, i.subscription_id, i.account_id) IS DISTINCT FROM ('usage', e.subscription_id, h.account_id)
    OR (e.occurred_at AT TIME ZONE l.timezone)::date NOT BETWEEN h.period_from AND h.period_to - 1
