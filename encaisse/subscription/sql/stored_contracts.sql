-- What is stored under these references, each with the last segment of its first position that was ever held.
-- Its first day is the one that was agreed, which its start tells once it was activated later.
-- Params: references
SELECT DISTINCT ON (s.id)
       s.reference, s.id, s.content_hash, s.state, a.reference,
       coalesce((SELECT e.effective_on FROM subscription_event e WHERE e.subscription_id = s.id AND e.seq = 1),
                s.start_date), s.end_date, s.term_months,
       s.notice_days, s.renewal, s.buyer_reference_id,
       (SELECT count(*) FROM subscription_event e WHERE e.subscription_id = s.id), o.code,
       i.id, i.subscription_id, i.account_id, i.position, i.offer_id, i.quantity, i.unit_price, i.discount_percent,
       i.discount_amount, i.discount_reason, i.starts_on, i.ends_on, i.anchor_date, i.billed_through,
       i.opened_by_id, i.closed_by_id
  FROM subscription_subscription s
  JOIN party_billingaccount a ON a.id = s.account_id
  JOIN subscription_item i ON i.subscription_id = s.id AND i.position = 1
   AND (i.ends_on IS NULL OR i.ends_on > i.starts_on)
  JOIN catalog_offer o ON o.id = i.offer_id
 WHERE s.reference = ANY(%(references)s) AND s.state <> 'withdrawn'
 ORDER BY s.id, i.starts_on DESC
