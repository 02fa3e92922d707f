"""Tests of the statistics against published figures, other software and properties that must hold."""
