# The settings of `make up`, to be sourced from the project's folder: Airflow for one person on this machine.
# SQLite, no examples, loopback only, one login, keys generated once and kept with the airflow home.
export AIRFLOW_HOME="${NIGHTVIGIL_AIRFLOW_HOME:-$PWD/airflow-home}"
port="${NIGHTVIGIL_WEB_PORT:-8080}"
umask 077
mkdir -p "$AIRFLOW_HOME"
if [ ! -s "$AIRFLOW_HOME/keys.env" ]; then
  python - > "$AIRFLOW_HOME/keys.env" <<'END'
import base64, os, secrets
print("export AIRFLOW__CORE__FERNET_KEY=" + base64.urlsafe_b64encode(os.urandom(32)).decode())
print("export AIRFLOW__API__SECRET_KEY=" + secrets.token_hex(32))
print("export AIRFLOW__API_AUTH__JWT_SECRET=" + secrets.token_hex(32))
END
fi
. "$AIRFLOW_HOME/keys.env"
export AIRFLOW__CORE__EXECUTOR=LocalExecutor
export AIRFLOW__CORE__PARALLELISM=4
export AIRFLOW__CORE__DAGS_FOLDER="$PWD/dags"
export AIRFLOW__CORE__PLUGINS_FOLDER="$PWD/plugins"
export AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False
export AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG=1
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$port/execution/"
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=False
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS=nightwatch:admin
export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE="$AIRFLOW_HOME/passwords.json"
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="sqlite:///$AIRFLOW_HOME/airflow.db"
export AIRFLOW__API__HOST=127.0.0.1
export AIRFLOW__API__PORT="$port"
export AIRFLOW__API__WORKERS=1
export AIRFLOW__API__EXPOSE_CONFIG=False
export AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME=28800
export NIGHTVIGIL_HOME="${NIGHTVIGIL_HOME:-$PWD/data}"
