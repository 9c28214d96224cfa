"""What is sold: products, offers and the immutable versions of their prices. Upstream: nothing of the trade."""
