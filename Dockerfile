# Nightvigil and its Airflow in one image: the locked packages, byte-compiled, run by a user without rights.
ARG BASE_IMAGE=python:3.11-slim-bookworm
FROM ${BASE_IMAGE}

# Without byte code every process would compile its imports anew, which doubles its start: the packages' and the
# project's are made here, as the user below may write to neither.
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/var/lib/airflow \
    NIGHTVIGIL_HOME=/var/lib/nightvigil

# The volumes mounted here take over the owner of these folders.
RUN groupadd --gid 10001 nightwatch \
    && useradd --uid 10001 --gid nightwatch --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin nightwatch \
    && install -d -o nightwatch -g nightwatch -m 0750 /var/lib/airflow /var/lib/nightvigil

WORKDIR /opt/nightvigil
COPY requirements.lock ./
RUN python3 -m venv /opt/venv \
    && pip install --no-cache-dir --compile --no-deps --require-hashes --requirement requirements.lock

COPY pyproject.toml setup.py README.md CITATION.cff ./
COPY pipeline ./pipeline
RUN pip install --no-cache-dir --no-deps --no-build-isolation --editable . \
    && python3 -m compileall -q pipeline
COPY sql ./sql
COPY expectations ./expectations
COPY dags ./dags
COPY plugins ./plugins
COPY deploy ./deploy

USER 10001:10001
CMD ["nightvigil", "--help"]
