"""What rules say of a draft before it is issued: validation rules as data, what each caught and the values seen, and
the quarantine where what was caught waits to be decided. Upstream: invoice, billing, subscription, party."""
