"""Settings read from the environment, and the root addresses."""
