-- The references of these keys: as seals name them, and which of those that an account may require are there.
-- Params: ids (array literal)
SELECT r.id, invoice_reference_text(r),
       concat_ws(' ', CASE WHEN r.order_reference <> '' THEN 'order' END, CASE WHEN r.buyer_reference <> '' THEN 'buyer' END)
  FROM party_buyerreference r
 WHERE r.id = ANY(%(ids)s::bigint[])
