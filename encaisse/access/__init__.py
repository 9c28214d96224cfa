"""Who may enter and what they may see: users, roles, the three accreditation levels, log-in with lockout.
Builds the `Scope` that every read for a person takes. Upstream: party."""
