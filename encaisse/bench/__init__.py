"""Measurements that anyone can repeat: `encaisse bench`."""
