-- An invoice that was issued here bears the number, the kind and the entity of its place in its series.
SELECT i.id AS invoice, i.number, s.prefix, i.sequence
  FROM invoice_invoice i
  LEFT JOIN invoice_series s ON s.id = i.series_id
 WHERE i.state = 'issued' AND NOT i.made_elsewhere
   AND (i.number, i.kind, i.legal_entity_id) IS DISTINCT FROM
       (s.prefix || lpad(i.sequence::text, greatest(s.width::int, length(i.sequence::text)), '0'),
        s.kind, s.legal_entity_id)
