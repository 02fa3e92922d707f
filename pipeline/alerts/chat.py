"""A message by POST to a webhook: Slack, Teams or any other receiver of JSON."""

import asyncio
import json
import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpx

from pipeline import __version__
from pipeline.alerts.refusal import SECONDS, NotAccepted

ANSWER_BYTES = 4000  # of what the receiver says about a refusal
TOO_MANY_REQUESTS = 429


def post(address: str, payload: Mapping[str, Any], *, key: str, token: str = "") -> None:
    """Post a payload as JSON; raise NotAccepted where the answer is no success. key: the same for the same message.

    Nothing is sent on to where the receiver redirects: the payload and the token are for this address only.
    """
    headers = {"Content-Type": "application/json", "Idempotency-Key": key, "User-Agent": f"nightvigil/{__version__}"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    content = json.dumps(payload, ensure_ascii=False).encode()
    try:
        with _hide_address():
            status, answer = asyncio.run(_post(address, content, headers))
    except TimeoutError:
        raise NotAccepted(f"it did not answer in {SECONDS:g} s", is_down=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as problem:
        # Only the kind: the words may hold the address, which is a secret.
        raise NotAccepted(f"it could not be reached ({type(problem).__name__})", is_down=True) from None
    if not httpx.codes.is_success(status):
        is_down = status == TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR
        raise NotAccepted(f"it answered {status}: {answer}", is_down=is_down)


async def _post(address: str, content: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """The status and the first words of the answer. Raises TimeoutError when all of it takes too long."""
    async with (
        asyncio.timeout(SECONDS),
        httpx.AsyncClient(verify=_load_trust(), timeout=SECONDS, follow_redirects=False) as client,
        client.stream("POST", address, content=content, headers=headers) as response,
    ):
        # The status decides: what follows a success is not waited for.
        answer = b""
        if not response.is_success:
            async for part in response.aiter_bytes():
                answer += part
                if len(answer) >= ANSWER_BYTES:
                    break
        return response.status_code, answer[:ANSWER_BYTES].decode("utf-8", "replace")


@contextmanager
def _hide_address() -> Iterator[None]:
    """Keep the library from writing the address, which is a secret, to the log."""
    logger = logging.getLogger("httpx")
    logger.addFilter(_refuse_record)
    try:
        yield
    finally:
        logger.removeFilter(_refuse_record)


def _refuse_record(_: logging.LogRecord) -> bool:
    return False


@cache
def _load_trust() -> ssl.SSLContext:
    """The certificates that are trusted, which take longer to read than a message to send."""
    return httpx.create_ssl_context()
