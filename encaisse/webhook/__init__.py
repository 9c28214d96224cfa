"""What happened here, told to other software: endpoints, messages that are `waiting`, `delivered` or `failed`, and
every attempt to hand one over. Upstream: access, party."""
