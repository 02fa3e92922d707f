"""The channels that the settings name, each with the least level of what it is sent.

Mail is one channel for each receiver: a server that takes a message for one and not for another must not make the
first one get it twice, nor the second one not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pydantic import SecretStr

from pipeline.alerts import chat, rendering
from pipeline.alerts.hook import call_hook
from pipeline.alerts.mail import list_receivers, send_mail
from pipeline.alerts.masking import make_plain_id
from pipeline.alerts.message import LEVELS, Level, Message
from pipeline.settings import Settings


@dataclass(frozen=True)
class Channel:
    """One way to one receiver. kind: channels of one kind share a server. is_for_analysts: it takes the digest, and
    nothing else. send raises NotAccepted."""

    name: str
    kind: str
    level: Level
    send: Callable[[Message], None]
    is_for_analysts: bool = False

    def takes(self, message: Message) -> bool:
        """Whether the message is for the readers of the channel."""
        return message.is_for_analysts == self.is_for_analysts

    def wants(self, message: Message) -> bool:
        """Whether the message is for the readers of the channel and has at least its level."""
        return self.takes(message) and LEVELS.index(message.level) >= LEVELS.index(self.level)


def list_channels(settings: Settings) -> list[Channel]:
    """Every channel that is set."""
    found: list[Channel] = []
    if settings.mail_server and settings.mail_from:
        found += [
            Channel(f"mail to {receiver}", "mail", settings.mail_level, partial(send_mail, settings, receiver))
            for receiver in list_receivers(settings.mail_to)
        ]
    if settings.slack_url:
        send = partial(_send_to_slack, settings.slack_url)
        found.append(Channel("slack", "slack", settings.slack_level, send))
    if settings.teams_url:
        send = partial(_send_to_teams, settings.teams_url)
        found.append(Channel("teams", "teams", settings.teams_level, send))
    if settings.webhook_url:
        send = partial(_send_to_webhook, settings.webhook_url, settings.webhook_token)
        found.append(Channel("webhook", "webhook", settings.webhook_level, send))
    if settings.alert_command:
        found.append(Channel("command", "command", settings.alert_command_level, partial(_send_to_hook, settings)))
    return [*found, *_list_channels_of_analysts(settings)]


def _list_channels_of_analysts(settings: Settings) -> list[Channel]:
    """Where the digest goes. Mail is sent by the server of the alerts."""
    found: list[Channel] = []
    if settings.mail_server and settings.mail_from:
        found += [
            Channel(
                f"digest mail to {receiver}",
                "mail",
                "info",
                partial(send_mail, settings, receiver),
                is_for_analysts=True,
            )
            for receiver in list_receivers(settings.digest_mail_to)
        ]
    if settings.digest_slack_url:
        send = partial(_send_to_slack, settings.digest_slack_url)
        found.append(Channel("digest slack", "digest slack", "info", send, is_for_analysts=True))
    if settings.digest_teams_url:
        send = partial(_send_to_teams, settings.digest_teams_url)
        found.append(Channel("digest teams", "digest teams", "info", send, is_for_analysts=True))
    if settings.digest_webhook_url:
        send = partial(_send_to_webhook, settings.digest_webhook_url, settings.digest_webhook_token)
        found.append(Channel("digest webhook", "digest webhook", "info", send, is_for_analysts=True))
    return found


def _send_to_slack(address: SecretStr, message: Message) -> None:
    chat.post(address.get_secret_value(), rendering.to_slack(message), key=make_plain_id(message.message_id))


def _send_to_teams(address: SecretStr, message: Message) -> None:
    chat.post(address.get_secret_value(), rendering.to_teams(message), key=make_plain_id(message.message_id))


def _send_to_webhook(address: SecretStr, token: SecretStr, message: Message) -> None:
    chat.post(
        address.get_secret_value(),
        rendering.to_webhook(message),
        key=make_plain_id(message.message_id),
        token=token.get_secret_value(),
    )


def _send_to_hook(settings: Settings, message: Message) -> None:
    call_hook(settings.alert_command, rendering.to_command(message))
