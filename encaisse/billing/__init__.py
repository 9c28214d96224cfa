"""Runs, their chunks, one outcome per account, and the fate of each charge. A run is `new`, `drafting`, in `review`,
`issuing`, then `complete` or `cancelled`. Upstream: charge, party."""
