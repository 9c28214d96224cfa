"""The command line: `encaisse`. One file a group of commands; each parses, calls one operation, flow or query, and
shapes the answer. Django is imported within the commands, so that help and the embedded database's own commands are
quick and work without it.
"""
