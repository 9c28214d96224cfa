"""Who sells and who buys: legal entities, customers, contacts, reps and their groups, billing accounts. A
legal identity is an immutable version that documents point at. Upstream: intake."""
