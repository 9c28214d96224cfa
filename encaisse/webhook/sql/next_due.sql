-- The next moment at which a message of an enabled endpoint may be sent, null when none waits.
-- Params: none
SELECT min(greatest(m.next_attempt_at, m.held_until, e.rest_until))
  FROM webhook_endpoint e
  JOIN webhook_message m ON m.endpoint_id = e.id
 WHERE e.state = 'enabled' AND m.state = 'waiting'
