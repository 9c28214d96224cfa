-- The currency of each of these charges, which is that of its price.
-- Params: ids
SELECT h.id::text, h.currency FROM charge_charge h WHERE h.id = ANY(%(ids)s::bigint[])
