"""What taxes are made of, which one applies and why, and how much it comes to."""
