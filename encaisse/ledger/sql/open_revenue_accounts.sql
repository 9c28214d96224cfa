-- The revenue account of each product is in the chart, named after the first product that has it.
-- Repeatable: accounts that are there keep their names.
INSERT INTO ledger_account (code, name_fr, name_en)
SELECT DISTINCT ON (p.revenue_account) p.revenue_account, p.name_fr, p.name_en
  FROM catalog_product p
 WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = p.revenue_account)
 ORDER BY p.revenue_account, p.id
    ON CONFLICT (code) DO NOTHING
