"""The staff face: pages that parse, call one operation, flow or query, and shape the answer."""
