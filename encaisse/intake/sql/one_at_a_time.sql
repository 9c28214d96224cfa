-- Imports wait for one another until the end of the transaction: two files must not bring the same reference.
LOCK TABLE intake_batch IN SHARE ROW EXCLUSIVE MODE
