"""Every write of contracts, a verb or two a file."""
