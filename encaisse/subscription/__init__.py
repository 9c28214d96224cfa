"""Who holds which offer since when, and through which date each item is billed. A subscription is `active` or
`ended`. Upstream: party, catalog."""
