"""What is true of offers without asking the database: what a quantity costs, which price is in force, how periods
recur, and the offer or price that a record of an imported table describes."""
