"""Reads that cross packages, for people: `dashboard` sums up, `search` finds, `timeline` tells."""
