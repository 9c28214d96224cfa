-- Documents go by e-mail to the new address instead of the old one; other recipients stay. May be repeated.
-- Params: rows (JSON: account_id, old_address, address)
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS t(account_id bigint, old_address text, address text)
), gone AS (
    DELETE FROM party_recipient r USING told t
     WHERE r.account_id = t.account_id AND r.channel = 'email' AND r.address = t.old_address
)
INSERT INTO party_recipient (account_id, channel, address)
SELECT account_id, 'email', address FROM told WHERE address <> ''
    ON CONFLICT DO NOTHING
