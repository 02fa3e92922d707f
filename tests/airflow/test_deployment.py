"""docker-compose.yml, Dockerfile and `make up`: valid, and safe before anyone has read a manual."""

import configparser
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.settings import PREFIX, Settings
from tests.airflow.deployment import AIRFLOW_SERVICES, PROJECT, SECRETS, TOOLS, compose, resolved

SET_BY_COMPOSE_ITSELF = {"NIGHTVIGIL_HOME", "NIGHTVIGIL_SQL_DIR", "NIGHTVIGIL_EXPECTATIONS_DIR"}
OF_SETTINGS = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = resolved()["services"]
    return found


def example() -> dict[str, str]:
    lines = (PROJECT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_compose_accepts_the_file() -> None:
    done = compose("config", "--quiet", **SECRETS)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "command",
    [
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
        ["hadolint", "Dockerfile"],
    ],
    ids=["schema", "linter"],
)
def test_schema_and_linter_pass(command: list[str]) -> None:
    done = subprocess.run(
        [TOOLS / command[0], *command[1:]], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, ""], ids=["absent", "empty"])
def test_no_secret_has_a_default(name: str, value: str | None) -> None:
    given = {key: text for key, text in SECRETS.items() if key != name}
    done = compose("config", "--quiet", **given, **({} if value is None else {name: value}))
    assert done.returncode != 0
    assert f"{name} is missing a value" in done.stderr


def test_example_environment_is_refused_as_configuration() -> None:
    """Copied as it is, .env.example is refused: it holds no secret."""
    assert {name: example()[name] for name in SECRETS} == dict.fromkeys(SECRETS, "")
    assert compose("--env-file", str(PROJECT / ".env.example"), "config", "--quiet").returncode != 0


@pytest.mark.parametrize("name", ["NIGHTVIGIL_LOGIN_PASSWORD", "POSTGRES_PASSWORD", "AIRFLOW__API__SECRET_KEY"])
def test_short_secret_is_refused_before_anything_is_written(
    services: dict[str, Any], tmp_path: Path, name: str
) -> None:
    file = tmp_path / "passwords.json"
    given = {**services["init"]["environment"], "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(file)}
    done = subprocess.run(
        services["init"]["command"],
        cwd=PROJECT,
        env={"PATH": os.environ["PATH"], **given, name: "admin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert f"{name} is shorter" in done.stderr and "admin" not in done.stderr
    assert not file.exists()


def test_example_lists_every_variable_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = example()
    in_compose = set(re.findall(r"\$\{(\w+)", (PROJECT / "docker-compose.yml").read_text()))
    assert set(listed) == in_compose | set(OF_SETTINGS)
    for name in OF_SETTINGS:
        monkeypatch.setenv(name, listed[name])
    given = Settings.from_environment()
    for name, field in Settings.model_fields.items():
        if name != "home":
            assert getattr(given, name) == field.get_default(call_default_factory=True), name


def test_every_setting_is_passed_to_the_run(services: dict[str, Any]) -> None:
    given = {name: f"given-{name}" for name in OF_SETTINGS if name not in SET_BY_COMPOSE_ITSELF}
    environment = resolved(**given)["services"]["scheduler"]["environment"]
    assert {name: environment[name] for name in given} == given
    assert services["scheduler"]["environment"]["NIGHTVIGIL_HOME"] == "/var/lib/nightvigil"


def test_only_the_web_page_listens_and_only_on_loopback(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}
    assert list(published) == ["api-server"]
    assert [(port["host_ip"], port["target"]) for port in published["api-server"]] == [("127.0.0.1", 8080)]
    assert not any(service.get("network_mode") == "host" for service in services.values())


def test_no_service_has_unneeded_privileges(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["user"] not in ("", "root", "0", "0:0"), name
        assert service["cap_drop"] == ["ALL"] and not service.get("cap_add"), name
        assert service["security_opt"] == ["no-new-privileges:true"] and not service.get("privileged"), name
    for name in AIRFLOW_SERVICES:
        binds = {mount["target"]: mount for mount in services[name]["volumes"] if mount["type"] == "bind"}
        assert set(binds) == {
            f"/opt/nightvigil/{folder}" for folder in ("dags", "plugins", "pipeline", "sql", "expectations", "deploy")
        }
        assert all(mount.get("read_only") for mount in binds.values()), name


def test_every_permanent_service_has_a_health_check(services: dict[str, Any]) -> None:
    assert {name for name, service in services.items() if "healthcheck" in service} == set(services) - {"init"}
    assert services["scheduler"]["command"] == ["airflow", "scheduler", "--skip-serve-logs"]
    assert services["init"]["restart"] == "no"


def airflow_config(environment: dict[str, str], command: list[str], home: Path) -> configparser.ConfigParser:
    """What Airflow itself makes of an environment."""
    lean = {"PATH": f"{TOOLS}:{os.environ['PATH']}", "HOME": str(home), **environment}
    done = subprocess.run(command, cwd=PROJECT, env=lean, capture_output=True, text=True, check=True)
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(done.stdout[done.stdout.index("[core]") :])
    return parser


@pytest.fixture(scope="module", params=["compose", "make up"])
def config(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> configparser.ConfigParser:
    """The effective configuration of both ways to run a permanent Airflow."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "compose":
        given = {**resolved()["services"]["scheduler"]["environment"], "AIRFLOW_HOME": str(home)}
        return airflow_config(given, ["airflow", "config", "list", "--show-values", "--hide-sensitive"], home)
    command = ["bash", "-c", ". deploy/local.env.sh && airflow config list --show-values --hide-sensitive"]
    return airflow_config({"NIGHTVIGIL_AIRFLOW_HOME": str(home)}, command, home)


def test_effective_configuration_is_safe(config: configparser.ConfigParser) -> None:
    core = config["core"]
    assert core["load_examples"] == "False"
    assert core["simple_auth_manager_all_admins"] == "False"
    assert core["simple_auth_manager_users"] == "nightwatch:admin"
    assert core["simple_auth_manager_passwords_file"].endswith("/passwords.json")
    assert core["max_active_runs_per_dag"] == "1"
    assert core["executor"] == "LocalExecutor"
    assert config["api"]["expose_config"] == "False"
    assert int(config["api_auth"]["jwt_expiration_time"]) <= 8 * 3600


def test_make_up_listens_on_loopback_with_private_keys(tmp_path: Path) -> None:
    """Keys are generated once, differ between two homes, and only their owner may read them."""
    show = ". deploy/local.env.sh && echo $AIRFLOW__API__HOST $AIRFLOW__CORE__EXECUTION_API_SERVER_URL"
    keys = []
    for home in ("a", "a", "b"):
        given = {"PATH": f"{TOOLS}:{os.environ['PATH']}", "NIGHTVIGIL_AIRFLOW_HOME": str(tmp_path / home)}
        done = subprocess.run(
            ["bash", "-c", show], cwd=PROJECT, env=given, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == ["127.0.0.1", "http://127.0.0.1:8080/execution/"]
        file = tmp_path / home / "keys.env"
        assert file.stat().st_mode & 0o077 == 0 and file.parent.stat().st_mode & 0o077 == 0
        keys.append(file.read_text())
    assert keys[0] == keys[1] != keys[2]
    assert len(re.findall(r"^export AIRFLOW__\w+=\S{40,}$", keys[0], re.MULTILINE)) == 3


def test_image_is_locked_minimal_and_names_no_index() -> None:
    text = (PROJECT / "Dockerfile").read_text()
    assert "--require-hashes" in text and "--compile" in text
    assert not re.search(r"index-url|https?://|ADD |curl|wget", text)
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["10001:10001"]
    ignored = (PROJECT / ".dockerignore").read_text().splitlines()
    allowed = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    copied = set(re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE))
    assert "*" in ignored and allowed == {name for names in copied for name in names.split()}
    assert all((PROJECT / name).exists() for name in allowed)


def test_watchdog_runs_outside_airflow_every_hour(services: dict[str, Any]) -> None:
    """As a service of compose, which asks the api-server, and as a unit of systemd; 3 is no failure of its own."""
    service = services["watchdog"]
    assert "pipeline.cli watchdog" in " ".join(service["command"]) and not service.get("ports")
    assert service["environment"]["NIGHTVIGIL_AIRFLOW_URL"] == "http://api-server:8080"
    assert set(service["depends_on"]) == {"init"}, "it has to run while Airflow does not"
    assert all(name.startswith(PREFIX) for name in service["environment"]), "it needs no secret of Airflow"
    unit, timer = (configparser.ConfigParser(interpolation=None) for _ in range(2))
    for parser, name in ((unit, "watchdog.service"), (timer, "watchdog.timer")):
        parser.optionxform = str
        assert parser.read(PROJECT / "deploy" / name)
    assert unit["Service"]["ExecStart"].endswith("nightvigil watchdog")
    assert (unit["Service"]["Type"], unit["Service"]["SuccessExitStatus"]) == ("oneshot", "3")
    assert unit["Service"]["KillMode"] == "process", "the sender of messages outlives the watchdog"
    assert timer["Timer"]["Persistent"] == "true" and timer["Install"]["WantedBy"] == "timers.target"
