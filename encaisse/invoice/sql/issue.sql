-- Gives approved drafts their number, dates and link. Repeatable: an issued invoice is not approved any more.
-- Params: ids, series, sequences, numbers, due_dates, links (arrays of one length), issue_date, issued_at
UPDATE invoice_invoice i
   SET state = 'issued', series_id = n.series, sequence = n.sequence, number = n.number,
       issue_date = %(issue_date)s, due_date = n.due_date, link = n.link, issued_at = %(issued_at)s
  FROM unnest(%(ids)s::bigint[], %(series)s::bigint[], %(sequences)s::bigint[], %(numbers)s::text[],
              %(due_dates)s::date[], %(links)s::bytea[]) AS n(id, series, sequence, number, due_date, link)
 WHERE i.id = n.id AND i.state = 'approved'
