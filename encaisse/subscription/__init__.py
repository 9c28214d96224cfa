"""Who holds which offer since when, and through which date each item is billed. A subscription is `waiting` for its
advance or deposit, `active`, `suspended` or `ended`. Upstream: party, catalog."""
