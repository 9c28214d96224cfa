"""Every write of billing: runs with their chunks and outcomes, cycles, trials, discounts of documents."""
