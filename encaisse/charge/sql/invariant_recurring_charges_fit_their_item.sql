-- A recurring charge belongs to the account of its item and lies before what the item says is charged.
SELECT h.id AS charge, h.item_id AS item, h.period_from, h.period_to, i.billed_through
  FROM charge_charge h
  JOIN subscription_item i ON i.id = h.item_id
 WHERE h.kind = 'recurring' AND (h.period_to > i.billed_through OR h.account_id <> i.account_id)
