-- No day of a segment is charged twice: its recurring charges follow each other.
SELECT item_id AS item, id AS charge, period_from, period_to, next_from
  FROM (SELECT h.item_id, h.id, h.period_from, h.period_to,
               lead(h.period_from) OVER (PARTITION BY h.item_id ORDER BY h.period_from) AS next_from
          FROM charge_charge h
         WHERE h.kind = 'recurring') charged
 WHERE next_from < period_to
