"""What a person on call is told: how a run ended, which conditions last over nights, and how that is sent.

`message` is the one thing that is sent. `endings` states how a run ended, `standing` what keeps publication from
going on, `incidents` decides what of it goes out now. `airflow_runs` serves the DAGs, `watchdog` looks from outside.
"""
