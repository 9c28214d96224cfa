-- The first billing contact of each customer has the new e-mail and telephone, or is added. A name that
-- somebody gave stays; one that was the customer's own follows it. May be repeated.
-- Params: rows (JSON: customer_id, name, old_name, email, phone)
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb)
        AS t(customer_id bigint, name text, old_name text, email text, phone text)
), present AS (
    SELECT min(c.id) AS id, c.customer_id
      FROM party_contact c JOIN told USING (customer_id)
     WHERE c.role = 'billing' GROUP BY c.customer_id
), changed AS (
    UPDATE party_contact c
       SET email = told.email, phone = told.phone,
           name = CASE WHEN c.name = told.old_name THEN told.name ELSE c.name END
      FROM present JOIN told USING (customer_id)
     WHERE c.id = present.id
)
INSERT INTO party_contact (customer_id, name, email, phone, role)
SELECT customer_id, name, email, phone, 'billing'
  FROM told
 WHERE customer_id NOT IN (SELECT customer_id FROM present) AND (email <> '' OR phone <> '')
