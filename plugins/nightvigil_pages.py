"""The published pages inside Airflow: `/nightvigil/`, for those who are logged in and may read `publish_summaries`.

Every component of Airflow loads this file, so that all but the registration is imported with the first request.
"""

from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/nightvigil"
PUBLICATION = "publish_summaries"


class PublishedPages:
    """The application of the pages, made when the first request arrives."""

    def __init__(self) -> None:
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self._app is None:
            from pipeline.settings import Settings
            from pipeline.site.published import make_app

            self._app = make_app(Settings.from_environment, check_reader)
        await self._app(scope, receive, send)


async def check_reader(request: Any) -> None:
    """Raise HTTPException 401 without a login, 403 for a person who may not read the DAG that publishes."""
    from airflow.api_fastapi.core_api.security import bearer_scheme, get_user, requires_access_dag
    from starlette.concurrency import run_in_threadpool

    user = await get_user(request, None, await bearer_scheme(request))
    await run_in_threadpool(requires_access_dag("GET", param_dag_id=PUBLICATION), request, user)


class NightvigilPlugin(AirflowPlugin):
    """Registers the application, a link to the live snapshot and one to the rules of a run."""

    name = "nightvigil"
    fastapi_apps = [{"app": PublishedPages(), "url_prefix": PREFIX, "name": "Nightvigil pages"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012
        {
            "name": "Nightvigil",
            "href": "nightvigil/",
            "destination": "nav",
            "category": "browse",
            "url_route": "nightvigil",
        },
        {
            "name": "Quality",
            "href": "nightvigil/run/{RUN_ID}",
            "destination": "dag_run",
            "url_route": "nightvigil-quality",
        },
    ]
