"""Words that people put on documents to find them again: a tag is made by its first use, and never says anything to the
customer nor to the books. Upstream: invoice, access."""
