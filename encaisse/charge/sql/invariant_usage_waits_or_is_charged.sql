-- An event of usage is in one charge, or waits to be: never both, never neither.
SELECT e.id AS event, u.charge_id AS charge, w.event_id IS NOT NULL AS waits
  FROM usage_event e
  LEFT JOIN charge_chargeusage u ON u.event_id = e.id
  LEFT JOIN usage_waiting w ON w.event_id = e.id
 WHERE (u.event_id IS NULL) = (w.event_id IS NULL)
