-- One more attempt of a queued delivery is counted; no row when it is not queued. Its Message-ID, once given, stays.
-- The commit does not wait for the disk: a count that a power cut forgets costs nothing.
-- Params: id, message_id
UPDATE delivery_delivery
   SET attempts = attempts + 1, message_id = coalesce(nullif(message_id, ''), %(message_id)s)
 WHERE id = %(id)s AND state = 'queued'
RETURNING message_id, set_config('synchronous_commit', 'off', true)
