"""Every write of invoices, one verb a file: draft, issue, credit, cancel; and `verify`, which reads the chains."""
