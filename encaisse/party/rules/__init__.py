"""What is true of parties without asking the database: identifiers, places, payment terms, the order of
names, and the customer that a record of an imported table describes."""
