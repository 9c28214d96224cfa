"""Payments and credit notes laid on invoices. Rows are only added: taking one back is a signed reversal.
Upstream: payment, invoice."""
