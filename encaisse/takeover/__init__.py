"""What was begun elsewhere and is taken over: where an invoice made elsewhere comes from, what settled it there, the
credits that were there. Upstream: intake, party, invoice, payment. Its opening entries are the ledger's."""
