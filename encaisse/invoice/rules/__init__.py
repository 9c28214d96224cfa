"""Arithmetic of invoices, one verb a file: draft, mirror, seal, judge."""
