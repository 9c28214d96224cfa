-- Which record of the batch had each of these references first, of those that were read before.
-- Params: batch_id, references
SELECT n.reference, r.number
  FROM unnest(%(references)s::text[]) AS n(reference)
 CROSS JOIN LATERAL (SELECT r.number
                       FROM intake_row r
                      WHERE r.batch_id = %(batch_id)s AND r.reference = n.reference
                      ORDER BY r.number
                      LIMIT 1) r
