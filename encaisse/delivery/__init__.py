"""How a document reaches its reader, and what became of it: `queued`, then `sent` or `failed`. Upstream: document."""
