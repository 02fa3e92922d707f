"""Faults seeded into SQL, code lists and arithmetic, each on a copy of the project with a sound snapshot live."""
