"""Every write of access: users and roles, and the keys of programs."""
