-- Messages that are due are held by one worker until held_until; each endpoint has so many in hand at most, one alone
-- while it fails, and the endpoints take turns. What a dead worker held may be held again.
-- Params: now, held_until, free, each
WITH ready AS MATERIALIZED (
    SELECT e.id, CASE WHEN e.failures = 0 THEN %(each)s ELSE 1 END AS most
      FROM webhook_endpoint e
     WHERE e.state = 'enabled'
       AND (e.rest_until IS NULL OR e.rest_until <= %(now)s)
       AND EXISTS (SELECT FROM webhook_message m
                    WHERE m.endpoint_id = e.id AND m.state = 'waiting' AND m.next_attempt_at <= %(now)s
                      AND (m.held_until IS NULL OR m.held_until < %(now)s))
     ORDER BY e.id
       FOR UPDATE OF e SKIP LOCKED
), due AS MATERIALIZED (
    SELECT d.id, row_number() OVER (PARTITION BY r.id ORDER BY d.next_attempt_at, d.id) AS turn
      FROM ready r
     CROSS JOIN LATERAL (
        SELECT m.id, m.next_attempt_at
          FROM webhook_message m
         WHERE m.endpoint_id = r.id AND m.state = 'waiting' AND m.next_attempt_at <= %(now)s
           AND (m.held_until IS NULL OR m.held_until < %(now)s)
         ORDER BY m.next_attempt_at, m.id
         LIMIT greatest(0, r.most - (SELECT count(*) FROM webhook_message h
                                      WHERE h.endpoint_id = r.id AND h.state = 'waiting'
                                        AND h.held_until >= %(now)s))
     ) d
     ORDER BY turn, d.id
     LIMIT %(free)s
)
UPDATE webhook_message m SET held_until = %(held_until)s FROM due WHERE m.id = due.id
RETURNING m.id
