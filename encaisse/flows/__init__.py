"""The journeys that cross packages, one file each: read this folder first. A flow says which operations share one
transaction; only the outermost caller is durable."""
