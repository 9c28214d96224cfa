"""Encaisse: from contract to cash. Read `flows/` first; `docs/architecture.md` tells where everything lives."""
