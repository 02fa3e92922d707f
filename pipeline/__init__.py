"""Nightvigil: what NMDA-receptor antagonists are reported, and shown in trials, to do to people.

This package is HOW the night is done. It never imports airflow; `dags/` says WHEN, `sql/` says WHAT,
`expectations/` says HOW WE KNOW.
"""

__version__ = "0.1.0"
