"""The staging of imports: a batch is one file, a row one record with its outcome and its errors. A batch is
`reading`, then `done` or `refused`. Nothing upstream but adapters; flows carry good rows to their nouns."""
