"""States and the edges between them: a table in `models.py`, kept true by a trigger from a migration."""

from collections.abc import Mapping

Transitions = Mapping[str, frozenset[str]]


def transitions(**edges: str) -> Transitions:
    """Build the table from `state="next other"`; every state that can be reached must be named."""
    table = {state: frozenset(after.split()) for state, after in edges.items()}
    unnamed = {state for after in table.values() for state in after} - table.keys()
    if unnamed:
        raise ValueError(f"states without a row: {sorted(unnamed)}")
    return table
