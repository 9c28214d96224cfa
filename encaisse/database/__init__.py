"""The embedded PostgreSQL: finds its binaries, creates its cluster, starts it for the first process that
needs it, lets the others join, and stops it cleanly when the last one is gone. Standard library only.
"""
