-- What is held of a deposit is the sum of its movements, in its currency and in the books, and never below zero.
SELECT d.id AS deposit, d.number, d.state, d.received_minor, d.drawn_minor, d.refunded_minor, d.held_acc_minor,
       coalesce(m.moved_minor, 0) AS moved_minor, coalesce(m.worth_minor, 0) AS worth_minor
  FROM deposit_deposit d
  LEFT JOIN (SELECT deposit_id, sum(amount_minor) AS moved_minor, sum(acc_amount_minor) AS worth_minor
               FROM deposit_movement GROUP BY deposit_id) m ON m.deposit_id = d.id
 WHERE d.received_minor - d.drawn_minor - d.refunded_minor <> coalesce(m.moved_minor, 0)
    OR d.held_acc_minor <> coalesce(m.worth_minor, 0) OR m.moved_minor < 0 OR m.worth_minor < 0
