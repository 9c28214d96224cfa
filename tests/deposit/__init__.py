"""Tests of `deposit`."""
