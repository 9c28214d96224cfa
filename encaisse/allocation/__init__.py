"""Payments, credit notes and what is drawn on deposits, laid on invoices. Rows are only added: taking one
back is a signed reversal. Upstream: payment, deposit, invoice."""
