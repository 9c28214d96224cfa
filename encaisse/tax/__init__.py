"""What the law adds: taxes made of ordered components, and rules that choose one by place, product and buyer.
Upstream: catalog for the tax class."""
