"""Double entry derived from invoices and payments: balanced, append-only, exported as FEC.
Upstream: all of the above."""
