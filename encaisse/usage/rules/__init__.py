"""Arithmetic of usage: the event that is told, the windows in which one price counts it, and what it costs there."""
