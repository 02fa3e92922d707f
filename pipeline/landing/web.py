"""HTTP requests to an agency: who asks, which answers are worth another attempt, and which are refused."""

import httpx

from pipeline.errors import SourceUnavailable
from pipeline.landing.patience import Interrupted, Patience, read_retry_after
from pipeline.settings import Settings

BUSY = (408, 425, 429, 500, 502, 503, 504)
MAX_ANSWER_BYTES = 64 << 20  # of an answer that is held in memory: a page of a thousand studies has 18 MB


class WebPageInstead(SourceUnavailable):
    """A web page came where data were due: a portal, a notice, or a friendly page for a missing file."""


def open_client(settings: Settings) -> httpx.Client:
    """A client that follows redirects, names itself, and asks for bytes without compression."""
    headers = {"User-Agent": "nightvigil", "Accept-Encoding": "identity"}
    return httpx.Client(timeout=settings.fetch_timeout, follow_redirects=True, headers=headers)


def request(
    client: httpx.Client, method: str, url: str, patience: Patience, params: dict[str, str] | None = None
) -> httpx.Response:
    """The first answer that is not "busy"; raises SourceUnavailable when patience ends.

    Any other status is returned, a page of HTML with a status of success is refused, and so is an answer of more than
    MAX_ANSWER_BYTES or than a fetch may bring.
    """

    def ask() -> httpx.Response:
        with client.stream(method, url, params=params) as response:
            refuse_busy(response)
            return _read_bounded(response, patience)

    response = patience.persist(ask, url)
    refuse_html(response)
    return response


def _read_bounded(response: httpx.Response, patience: Patience) -> httpx.Response:
    """The response with its body in memory."""
    where, content = str(response.url), bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        patience.check_size(len(content), where, MAX_ANSWER_BYTES)
        patience.check(where)
    coded = ("content-encoding", "content-length", "transfer-encoding")  # of the bytes as sent, not as they are here
    headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in coded]
    whole = httpx.Response(response.status_code, headers=headers, content=bytes(content), request=response.request)
    if response.request.method == "HEAD" and "content-length" in response.headers:
        whole.headers["content-length"] = response.headers["content-length"]
    return whole


def refuse_html(response: httpx.Response) -> None:
    """Raise WebPageInstead for a web page that came with a status of success."""
    if response.status_code < 300 and "html" in response.headers.get("content-type", "").lower():
        raise WebPageInstead(
            f"a web page came with status {response.status_code} where data were due",
            where=str(response.url),
            todo="open the address in a browser: the agency may have moved it, or a proxy may ask for a login",
        )


def require_success(response: httpx.Response) -> None:
    """Raise SourceUnavailable for a status that another attempt will not change."""
    if not response.is_success:
        raise SourceUnavailable(
            f"the server answered {response.status_code}",
            where=str(response.url),
            todo="check the base address and the name pattern in the settings against the agency's download page",
        )


def refuse_busy(response: httpx.Response) -> None:
    """Raise Interrupted for a status that says "not now", with the pause that the server asks for."""
    if response.status_code in BUSY:
        asked = read_retry_after(response.headers.get("retry-after"))
        raise Interrupted(f"the server answered {response.status_code}", asked)
