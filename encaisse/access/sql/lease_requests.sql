-- So many requests more of a key are set aside in the present minute, which all processes share by the server's clock.
-- Answers how many were set aside in it so far, these among them, and the seconds that it still lasts.
-- Params: api_key_id, size
INSERT INTO access_lease AS l (api_key_id, minute, taken)
VALUES (%(api_key_id)s::bigint, extract(epoch FROM clock_timestamp())::bigint / 60, %(size)s::integer)
    ON CONFLICT (api_key_id) DO UPDATE
   SET taken = CASE WHEN l.minute < excluded.minute THEN excluded.taken ELSE l.taken + excluded.taken END,
       minute = greatest(l.minute, excluded.minute)
RETURNING taken, 60 - mod(extract(epoch FROM clock_timestamp())::bigint, 60)
