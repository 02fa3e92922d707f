"""`python deploy/healthy.py COMPONENT`: exit 0 when Airflow's api-server says that a component's heart beats.

COMPONENT: metadatabase, scheduler, dag_processor or triggerer. The server is the one that tasks report to. Standard
library only: it runs every half minute beside each component.
"""

import json
import os
import sys
from urllib.parse import urljoin
from urllib.request import urlopen


def main(component: str) -> int:
    """Print the component's status; 0 when it is healthy."""
    page = urljoin(os.environ["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"], "/api/v2/monitor/health")
    with urlopen(page, timeout=5) as answer:  # noqa: S310  the address is our own setting
        status = json.load(answer)[component]["status"]
    print(component, status)
    return 0 if status == "healthy" else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
