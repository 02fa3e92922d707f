"""Tests of the statistics: published figures, other software, properties that must hold."""
