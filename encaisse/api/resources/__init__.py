"""The resources of the API, one module each: what it tells, what it takes, and its endpoints."""
