"""Messages made fit to leave: without a secret, and safe to show."""

import os
from dataclasses import asdict
from typing import Any

from pipeline.alerts.message import Message
from pipeline.printable import make_printable
from pipeline.settings import Settings

SECRET_NAMES = ("PASSWORD", "SECRET", "TOKEN", "KEY", "SQL_ALCHEMY_CONN", "ALERT_COMMAND")
SHORTEST_SECRET = 8


def make_fit(settings: Settings, message: Message) -> Message:
    """The message as it may be kept and sent: secrets masked, every text printable."""
    return Message.from_json(_mask(asdict(message)))


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        for name, secret in os.environ.items():
            if len(secret) >= SHORTEST_SECRET and any(part in name for part in SECRET_NAMES):
                value = value.replace(secret, "***")
        return make_printable(value)
    if isinstance(value, dict):
        return {key: _mask(each) for key, each in value.items()}
    return [_mask(each) for each in value] if isinstance(value, list | tuple) else value
