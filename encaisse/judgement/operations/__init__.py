"""Every write: of rules, of what they caught, and of the quarantine."""
