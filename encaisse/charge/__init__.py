"""One rated thing owed by one billing account: exact, signed, append-only. Upstream: subscription, catalog."""
