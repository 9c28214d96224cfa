"""What a record says of an invoice or a credit made elsewhere, and the rows that it becomes."""
