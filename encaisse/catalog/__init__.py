"""What is sold: products, offers and the immutable versions of their prices. Upstream: intake, whose records
describe them."""
