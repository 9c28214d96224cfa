"""Tests of `tag`."""
