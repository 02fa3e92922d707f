"""What a channel raises when it did not take a message, and how long it may take over one."""

SECONDS = 30.0  # for one message, whatever the receiver does


class NotAccepted(Exception):
    """A channel did not accept a message. is_down: another message would fare no better now."""

    def __init__(self, reason: str, *, is_down: bool = False) -> None:
        super().__init__(reason)
        self.is_down = is_down
