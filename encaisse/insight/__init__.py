"""Reads that cross packages: dashboard, search, timelines. It never writes."""
