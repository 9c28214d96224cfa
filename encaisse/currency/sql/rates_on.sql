-- Of each currency that is tied to this one, the rate of a day: the latest not after it, and of one day the newest
-- record, whichever way round it was told.
-- Params: currency, on
SELECT DISTINCT ON (other) id, base, quote, units, rate, valid_from, source
  FROM (SELECT r.*, CASE r.base WHEN %(currency)s THEN r.quote ELSE r.base END AS other
          FROM currency_exchangerate r
         WHERE %(currency)s IN (r.base, r.quote) AND r.valid_from <= %(on)s) r
 ORDER BY other, valid_from DESC, id DESC
