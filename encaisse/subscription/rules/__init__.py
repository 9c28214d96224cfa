"""Arithmetic of contracts: the grid of their periods, the segments that events cut, and the contract that a record
of an imported table describes."""
