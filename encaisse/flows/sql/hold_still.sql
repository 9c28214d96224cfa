-- Until the transaction ends nobody bills, sells or pays: whoever is about to use a row that is being withdrawn comes
-- before, and is seen, or after, and is refused.
LOCK TABLE subscription_subscription, usage_event, charge_charge, invoice_invoice, payment_payment IN SHARE MODE
