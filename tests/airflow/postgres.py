"""A separate Postgres for one test: on loopback, with a password, without waiting for the disk."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.airflow.deployment import SECRETS

if TYPE_CHECKING:
    from tests.airflow.stack import Stack


def start_postgres(stack: "Stack", home: Path) -> None:
    """A separate cluster on loopback, with a password; as another user when run by root, which Postgres requires."""
    owner = {"user": _someone_else()} if os.geteuid() == 0 else {}
    password = home / "password"
    password.write_text(SECRETS["POSTGRES_PASSWORD"])
    if owner:
        for path in (home, password):
            shutil.chown(path, owner["user"])
    lean = postgres_environment()
    options = ["--username", "airflow", "--auth", "scram-sha-256", "--pwfile", str(password), "--no-sync"]
    subprocess.run(
        ["initdb", "--pgdata", home / "data", *options],
        env=lean, cwd="/", capture_output=True, check=True, **owner,
    )  # fmt: skip
    place = ["-D", str(home / "data"), "-h", "127.0.0.1", "-p", str(stack.database_port), "-k", str(home)]
    stack.start("postgres", ["postgres", *place, "-c", "fsync=off"], env=lean, cwd="/", **owner)
    make = ["createdb", "-h", "127.0.0.1", "-p", str(stack.database_port), "-U", "airflow", "airflow"]
    stack.wait_for(
        "Postgres", lambda: not subprocess.run(make, env=lean, capture_output=True, check=False).returncode, 30
    )


def postgres_environment() -> dict[str, str]:
    """The path of Postgres's programs, and its password."""
    folders = [*Path("/usr/lib/postgresql").glob("*/bin"), *map(Path, os.environ["PATH"].split(":"))]
    binaries = next((folder for folder in folders if (folder / "initdb").exists()), None)
    assert binaries, "PostgreSQL is needed for this proof: apt-get install postgresql"
    path = f"{binaries}:{os.environ['PATH']}"
    return {"PATH": path, "PGPASSWORD": SECRETS["POSTGRES_PASSWORD"], "LC_ALL": "C"}


def dump_database(stack: "Stack") -> str:
    """Everything that Airflow's database holds, as text."""
    place = ["-h", "127.0.0.1", "-p", str(stack.database_port), "-U", "airflow", "airflow"]
    done = subprocess.run(["pg_dump", *place], env=postgres_environment(), capture_output=True, text=True, check=True)
    return done.stdout


def _someone_else() -> str:
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
