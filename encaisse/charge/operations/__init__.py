"""Every write of charges, one source a file."""
