-- Gives approved drafts their number, dates and link, in the order of the arrays.
-- They are locked and known to be approved; naming the state again would have the planner, whose statistics are
-- older than the run, search through the few approved ones that it expects.
-- The bounds spare reading all invoices that there ever were.
-- Params: ids, due_dates, links (array literals of one length), series_id, prefix, width, first, issue_date, issued_at
UPDATE invoice_invoice i
   SET state = 'issued', series_id = %(series_id)s, sequence = n.sequence,
       number = %(prefix)s || lpad(n.sequence::text, greatest(%(width)s::int, length(n.sequence::text)), '0'),
       issue_date = %(issue_date)s, due_date = n.due_date, link = n.link, issued_at = %(issued_at)s
  FROM (SELECT id, due_date, link, %(first)s + position - 1 AS sequence
          FROM unnest(%(ids)s::bigint[], %(due_dates)s::date[], %(links)s::bytea[])
               WITH ORDINALITY AS given(id, due_date, link, position)) n
 WHERE i.id = n.id
   AND i.id BETWEEN (SELECT min(id) FROM unnest(%(ids)s::bigint[]) AS given(id))
                AND (SELECT max(id) FROM unnest(%(ids)s::bigint[]) AS given(id))
