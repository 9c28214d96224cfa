"""Reads: what invoices say, for the writers of documents, and the documents that were made."""
