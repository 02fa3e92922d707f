#!/usr/bin/env bash
# Before the first start and after every update: refuse weak secrets, write the login, migrate Airflow's database.
set -euo pipefail

for name in NIGHTVIGIL_LOGIN_PASSWORD POSTGRES_PASSWORD \
  AIRFLOW__CORE__FERNET_KEY AIRFLOW__API__SECRET_KEY AIRFLOW__API_AUTH__JWT_SECRET; do
  value=${!name:-}
  if [ "${#value}" -lt 16 ]; then
    echo "$name is shorter than 16 characters; .env.example says how to make one" >&2
    exit 2
  fi
done

umask 077
python -c 'import json, os; print(json.dumps({"nightwatch": os.environ["NIGHTVIGIL_LOGIN_PASSWORD"]}))' \
  > "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
exec airflow db migrate
