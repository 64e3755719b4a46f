"""The ways in which the conversation says no. Each carries a code for the wire and a sentence for the person."""

import math


class Refused(Exception):
    code = "forbidden"
    text = "You can't do that here."

    def __init__(self, text: str = "") -> None:
        super().__init__(text or self.text)


class NotFound(Refused):
    code = "not_found"
    text = "You are not in that room, or it is gone."


class BadRequest(Refused):
    code = "bad_request"
    text = "That request makes no sense."


class Conflict(Refused):
    code = "conflict"
    text = "This message was already sent with other words."


class MessageRejected(Refused):
    """Raised by those who hear `message_submitted`."""

    code = "rejected"
    text = "This message was not accepted."


class TooFast(Refused):
    code = "rate_limited"

    def __init__(self, wait: int) -> None:
        super().__init__(f"That was a lot at once. It goes on in {spoken(wait)}.")
        self.retry_after = wait


def spoken(seconds: int) -> str:
    return f"{seconds} s" if seconds < 100 else f"{math.ceil(seconds / 60)} min"
