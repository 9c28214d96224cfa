"""Money received from a billing account: `received`, or `returned` when it did not stay. Upstream: party."""
