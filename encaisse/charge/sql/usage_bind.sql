-- Each event is in the charge that it went into, once: the primary key says so.
-- Params: charges, events (arrays of one length; each of the events an array)
INSERT INTO charge_chargeusage (event_id, charge_id)
SELECT k.event_id, n.charge_id
  FROM unnest(%(charges)s::bigint[], %(events)s::text[]) AS n(charge_id, events)
 CROSS JOIN unnest(n.events::bigint[]) AS k(event_id)
