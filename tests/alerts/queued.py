"""What was queued for people, in place of the channels."""

from dataclasses import dataclass, field

import pytest

from pipeline.alerts import queue
from pipeline.alerts.message import Message
from pipeline.settings import Settings


@dataclass
class Queued:
    """Messages in the order in which they were queued; the same id twice is one, as in the queue."""

    messages: list[Message] = field(default_factory=list)

    @classmethod
    def instead_of_channels(cls, monkeypatch: pytest.MonkeyPatch) -> "Queued":
        queued = cls()
        monkeypatch.setattr(queue, "enqueue", queued.keep)
        monkeypatch.setattr(queue, "wake", lambda settings: None)
        monkeypatch.setattr(queue, "deliver", lambda settings: [])
        return queued

    def keep(self, settings: Settings, message: Message) -> None:
        if all(message.message_id != each.message_id for each in self.messages):
            self.messages.append(message)

    def take(self) -> list[Message]:
        """What was queued since this was asked last."""
        taken, self.messages = self.messages, []
        return taken

    def take_states(self) -> list[str]:
        return [message.state for message in self.take()]
