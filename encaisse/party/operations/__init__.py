"""Every write of parties, one file per noun: legal entities, reps and their groups, customers with accounts."""
