"""Reads of the ledger: `entries` shows what is posted, `vat` what is owed of VAT by month, rate and regime."""
