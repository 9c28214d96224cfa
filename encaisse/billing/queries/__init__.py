"""What people read of billing: runs and trials, cycles, and what a run can be narrowed to."""
