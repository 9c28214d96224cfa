"""Files kept for years: content-addressed by their SHA-256, with a date before which nobody may remove them.
A file never changes. Upstream: the storage adapter."""
