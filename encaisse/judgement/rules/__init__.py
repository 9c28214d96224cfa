"""Rules about rules: what criteria there are, how a tree of them is read, and the SQL that it becomes."""
