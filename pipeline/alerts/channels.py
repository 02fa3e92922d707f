"""The channels that the settings name, each with the least level of what it is sent.

Mail is one channel for each receiver: a server that takes a message for one and not for another must not make the
first one get it twice, nor the second one not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pipeline.alerts import chat, rendering
from pipeline.alerts.hook import call_hook
from pipeline.alerts.mail import list_receivers, send_mail
from pipeline.alerts.masking import make_plain_id
from pipeline.alerts.message import LEVELS, Level, Message
from pipeline.settings import Settings


@dataclass(frozen=True)
class Channel:
    """One way to one receiver. kind: channels of one kind share a server. send raises NotAccepted."""

    name: str
    kind: str
    level: Level
    send: Callable[[Message], None]

    def wants(self, message: Message) -> bool:
        """Whether the message has at least the level of the channel."""
        return LEVELS.index(message.level) >= LEVELS.index(self.level)


def list_channels(settings: Settings) -> list[Channel]:
    """Every channel that is set."""
    found = []
    if settings.mail_server and settings.mail_from:
        found += [
            Channel(f"mail to {receiver}", "mail", settings.mail_level, partial(send_mail, settings, receiver))
            for receiver in list_receivers(settings)
        ]
    if settings.slack_url:
        found.append(Channel("slack", "slack", settings.slack_level, partial(_send_to_slack, settings)))
    if settings.teams_url:
        found.append(Channel("teams", "teams", settings.teams_level, partial(_send_to_teams, settings)))
    if settings.webhook_url:
        found.append(Channel("webhook", "webhook", settings.webhook_level, partial(_send_to_webhook, settings)))
    if settings.alert_command:
        found.append(Channel("command", "command", settings.alert_command_level, partial(_send_to_hook, settings)))
    return found


def _send_to_slack(settings: Settings, message: Message) -> None:
    chat.post(
        settings.slack_url.get_secret_value(), rendering.to_slack(message), key=make_plain_id(message.message_id)
    )


def _send_to_teams(settings: Settings, message: Message) -> None:
    chat.post(
        settings.teams_url.get_secret_value(), rendering.to_teams(message), key=make_plain_id(message.message_id)
    )


def _send_to_webhook(settings: Settings, message: Message) -> None:
    chat.post(
        settings.webhook_url.get_secret_value(),
        rendering.to_webhook(message),
        key=make_plain_id(message.message_id),
        token=settings.webhook_token.get_secret_value(),
    )


def _send_to_hook(settings: Settings, message: Message) -> None:
    call_hook(settings.alert_command, rendering.to_command(message))
