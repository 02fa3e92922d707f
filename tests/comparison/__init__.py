"""Shows that two commits publish the same bytes: `python -m tests.comparison BASE [HEAD]`."""
