-- What a position of a contract holds, it holds once: its segments follow each other.
SELECT i.subscription_id AS contract, i.position, i.id AS item, n.id AS next_item, i.ends_on, n.starts_on
  FROM subscription_item i
  JOIN subscription_item n ON n.subscription_id = i.subscription_id AND n.position = i.position AND n.id <> i.id
 WHERE coalesce(i.ends_on, 'infinity') > i.starts_on AND coalesce(n.ends_on, 'infinity') > n.starts_on
   AND (i.starts_on, i.id) < (n.starts_on, n.id) AND n.starts_on < coalesce(i.ends_on, 'infinity')
