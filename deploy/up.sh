#!/usr/bin/env bash
# `make up`: a standing Airflow on this machine, its web page on loopback, until Ctrl-C or until a component ends.
# Not `airflow standalone`: that serves the task logs on every interface, and leaves components behind when stopped.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
. deploy/local.env.sh

airflow db migrate > "$AIRFLOW_HOME/migrate.log" 2>&1 || { tail -n 20 "$AIRFLOW_HOME/migrate.log" >&2; exit 1; }

# Each component is a session; a task it runs is a process group of its own, but stays in the session.
sessions=()
stop() {
  trap - EXIT INT TERM
  for signal in TERM KILL; do
    for session in "${sessions[@]}"; do pkill "-$signal" -s "$session" || true; done
    [ "$signal" = KILL ] || sleep 3
  done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for component in "api-server" "scheduler --skip-serve-logs" "dag-processor" "triggerer --skip-serve-logs"; do
  # shellcheck disable=SC2086  # the flag is a word of its own
  setsid airflow $component > "$AIRFLOW_HOME/${component%% *}.log" 2>&1 < /dev/null &
  sessions+=($!)
done

until python deploy/healthy.py scheduler > /dev/null 2>&1; do
  [ "$(jobs -rp | wc -l)" = 4 ] || { echo "a component ended at once; see $AIRFLOW_HOME/*.log" >&2; exit 1; }
  sleep 1
done
echo "Airflow: http://127.0.0.1:$port   login: nightwatch   password: in $AIRFLOW_HOME/passwords.json"
echo "Data: $NIGHTVIGIL_HOME (drop files into inbox/faers, inbox/clinicaltrials or inbox/studies). Logs: $AIRFLOW_HOME. Ctrl-C stops."
wait -n "${sessions[@]}"
echo "a component ended; see $AIRFLOW_HOME/*.log" >&2
exit 1
