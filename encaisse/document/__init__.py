"""The invoice as a file that people and machines read: PDF/A-3 with its EN 16931 data (Factur-X).
Data in, archived file out. Upstream: invoice, archive."""
