"""Tests of the analysts' pages."""
