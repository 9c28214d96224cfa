-- The names of the bench are sorted as their letters stand.
-- Params:
UPDATE party_customer SET sort_key = lower(name)
