-- Messages that ended before that instant are forgotten, with their attempts: so many at a time.
-- Params: before, most
WITH old AS MATERIALIZED (
    SELECT id FROM webhook_message WHERE ended_at < %(before)s ORDER BY id LIMIT %(most)s
), log AS (
    DELETE FROM webhook_attempt a USING old WHERE a.message_id = old.id
)
DELETE FROM webhook_message m USING old WHERE m.id = old.id
