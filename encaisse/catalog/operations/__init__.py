"""Every write of what is sold: offers and what they include, prices and their ends, and both from files."""
