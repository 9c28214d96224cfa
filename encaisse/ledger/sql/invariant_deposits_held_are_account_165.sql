-- What deposits hold is what account 165 holds, of each legal entity and currency.
SELECT coalesce(h.legal_entity_id, b.legal_entity_id) AS legal_entity, coalesce(h.currency, b.currency) AS currency,
       h.held_minor, b.booked_minor, h.worth_minor, b.worth_minor AS booked_worth_minor
  FROM (SELECT legal_entity_id, currency::text AS currency, sum(received_minor - drawn_minor - refunded_minor) AS held_minor,
               sum(held_acc_minor) AS worth_minor
          FROM deposit_deposit GROUP BY legal_entity_id, currency) h
  FULL JOIN (SELECT e.legal_entity_id, coalesce(p.foreign_currency, l.currency)::text AS currency,
                    -sum(coalesce(p.foreign_minor, p.amount_minor)) AS booked_minor, -sum(p.amount_minor) AS worth_minor
               FROM ledger_posting p
               JOIN ledger_account a ON a.id = p.account_id AND a.code = '165'
               JOIN ledger_entry e ON e.id = p.entry_id
               JOIN party_legalentity l ON l.id = e.legal_entity_id
              GROUP BY 1, 2) b
         ON (b.legal_entity_id, b.currency) = (h.legal_entity_id, h.currency)
 WHERE coalesce(h.held_minor, 0) <> coalesce(b.booked_minor, 0)
    OR coalesce(h.worth_minor, 0) <> coalesce(b.worth_minor, 0)
