"""What one currency is worth in another: rates typed or imported with their day and source, only ever added.
The newest record of the latest day not after a document's is the one that it is made at. Upstream: party."""
