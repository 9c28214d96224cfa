"""Reads for people: the rules, why a document was caught, and what waits in quarantine."""
