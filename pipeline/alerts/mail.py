"""A message as mail: text with an HTML alternative, handed to one SMTP server for one receiver."""

import hashlib
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from pipeline.alerts import rendering
from pipeline.alerts.masking import make_plain_id
from pipeline.alerts.message import Message
from pipeline.alerts.refusal import SECONDS, NotAccepted
from pipeline.settings import Settings

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
READY = 220  # the code of a server's greeting
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def list_receivers(addresses: str) -> list[str]:
    """The addresses of a setting, each once."""
    return list(dict.fromkeys(part.strip() for part in addresses.split(",") if part.strip()))


def make_mail(settings: Settings, message: Message) -> EmailMessage:
    """The mail of a message: the same bytes, with the same Message-ID, however often it is sent."""
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    # The library decodes what looks like an encoded word, and a line end in it would begin a header of its own.
    mail["Subject"] = rendering.subject_line(message).replace("=?", "= ?")
    mail["From"] = settings.mail_from
    mail["To"] = ", ".join(list_receivers(settings.digest_mail_to if message.is_for_analysts else settings.mail_to))
    mail["Message-ID"] = f"<{make_plain_id(message.message_id)}@{settings.mail_from.rpartition('@')[2]}>"
    with suppress(ValueError):  # a message without a time is sent without one
        mail["Date"] = format_datetime(datetime.fromisoformat(message.sent_at))
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(rendering.to_text(message))
    mail.add_alternative(rendering.to_html(message), subtype="html")
    # Chosen by the library at random, they would make a second copy differ.
    mail.set_boundary(f"=_{hashlib.sha256(mail['Message-ID'].encode()).hexdigest()[:32]}")
    return mail


def send_mail(settings: Settings, receiver: str, message: Message) -> None:
    """Hand a message to the server for one receiver. Raises NotAccepted, with the server's words."""
    mail = make_mail(settings, message)
    with _open_session(settings) as session:
        session.sendmail(settings.mail_from, [receiver], mail.as_bytes())


@contextmanager
def _open_session(settings: Settings) -> Iterator[smtplib.SMTP]:
    """A session with the server, logged in, which is cut when its time is over."""
    address = urlsplit(settings.mail_server)
    host, port = address.hostname or "", address.port or PORTS[address.scheme]
    if settings.mail_user and address.scheme == "smtp" and host not in LOOPBACK:
        raise NotAccepted("a password is sent over TLS only: set smtp+starttls:// or smtps://", is_down=True)
    session = (
        smtplib.SMTP_SSL(timeout=SECONDS, context=ssl.create_default_context())
        if address.scheme == "smtps"
        else smtplib.SMTP(timeout=SECONDS)
    )
    # The timeout of a socket is for each read: a server that sends a byte now and then would never reach it.
    cut = threading.Timer(SECONDS, _cut, (session,))
    cut.daemon = True
    began = time.monotonic()
    cut.start()
    try:
        # TLS verifies the name of the server, which `connect` does not keep.
        session._host = host  # type: ignore[attr-defined]
        greeting = session.connect(host, port)
        if greeting[0] != READY:
            raise smtplib.SMTPResponseException(*greeting)
        if address.scheme == "smtp+starttls":
            session.starttls(context=ssl.create_default_context())
        if settings.mail_user:
            session.login(settings.mail_user, settings.mail_password.get_secret_value())
        yield session
        with suppress(smtplib.SMTPException, OSError):  # the message is accepted, whatever follows
            session.quit()
    except (smtplib.SMTPException, OSError) as problem:
        is_late = time.monotonic() - began >= SECONDS
        reason = f"it did not answer in {SECONDS:g} s" if is_late else _describe(problem)
        raise NotAccepted(reason, is_down=not isinstance(problem, _OF_THE_MESSAGE)) from None
    finally:
        cut.cancel()
        session.close()


_OF_THE_MESSAGE = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)


def _cut(session: smtplib.SMTP) -> None:
    connection = session.sock
    if connection is not None:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)


def _describe(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_decode(words)}" for code, words in problem.recipients.values())
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"{problem.smtp_code} {_decode(problem.smtp_error)}"
    return f"{type(problem).__name__}: {problem}"


def _decode(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
