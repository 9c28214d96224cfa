"""The journey on the sample files, through the same doors as a customer's data."""
