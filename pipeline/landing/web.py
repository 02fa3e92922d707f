"""Talking HTTP with an agency: who we are, which answers are worth another try, and which are none at all."""

import httpx

from pipeline.errors import SourceUnavailable
from pipeline.landing.patience import Patience, read_retry_after
from pipeline.settings import Settings

BUSY = (408, 425, 429, 500, 502, 503, 504)


class Interrupted(Exception):
    """This try failed in a way that another may not. asked: seconds the server wants us to wait."""

    def __init__(self, reason: str, asked: float | None = None) -> None:
        super().__init__(reason)
        self.asked = asked


class WebPageInstead(SourceUnavailable):
    """A web page came where data were due: a portal, a notice, or a missing file told politely."""


def open_client(settings: Settings) -> httpx.Client:
    """A client that follows redirects, says who it is, and asks for bytes as they are."""
    headers = {"User-Agent": "nightvigil", "Accept-Encoding": "identity"}
    return httpx.Client(timeout=settings.fetch_timeout, follow_redirects=True, headers=headers)


def request(
    client: httpx.Client, method: str, url: str, patience: Patience, params: dict[str, str] | None = None
) -> httpx.Response:
    """Ask until an answer comes that is not 'busy'; raise SourceUnavailable when patience ends.

    Any other status is handed back, a page of HTML with status 200 is refused.
    """
    while True:
        patience.check(url)
        try:
            response = client.request(method, url, params=params)
            refuse_busy(response)
        except (httpx.RequestError, Interrupted) as error:
            patience.pause(str(error) or type(error).__name__, url, getattr(error, "asked", None))
        else:
            patience.renew()
            refuse_html(response)
            return response


def refuse_html(response: httpx.Response) -> None:
    """Raise WebPageInstead for a web page that came with a status of success."""
    if response.status_code < 300 and "html" in response.headers.get("content-type", "").lower():
        raise WebPageInstead(
            f"a web page came with status {response.status_code} where data were due",
            where=str(response.url),
            todo="open the address in a browser: the agency may have moved it, or a proxy may ask for a login",
        )


def require_success(response: httpx.Response) -> None:
    """Raise SourceUnavailable for a status that no other try will change."""
    if not response.is_success:
        raise SourceUnavailable(
            f"the server answered {response.status_code}",
            where=str(response.url),
            todo="check the base address and the name pattern in the settings against the agency's download page",
        )


def refuse_busy(response: httpx.Response) -> None:
    """Raise Interrupted for a status that says 'not now', with the wait that is asked for."""
    if response.status_code in BUSY:
        asked = read_retry_after(response.headers.get("retry-after"))
        raise Interrupted(f"the server answered {response.status_code}", asked)
