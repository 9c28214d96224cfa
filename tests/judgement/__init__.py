"""Tests of `judgement`."""
