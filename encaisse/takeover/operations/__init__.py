"""Every write of what is taken over."""
