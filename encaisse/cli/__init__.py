"""The command line: parses, calls one operation or flow, prints."""
