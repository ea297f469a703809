"""Why a request is not taken in: the status, a code a program can read, and words for who reads its log. Leaves no row."""

from collections.abc import Mapping


class Refused(Exception):
    """Nothing of the request was taken in. `status` 429 and 503: the same request may come again later; other: it must change first."""

    status = 400
    code = "bad_request"
    headers: Mapping[str, str] = {}

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Malformed(Refused):
    code = "malformed"


class UnknownKey(Refused):
    status, code = 401, "unknown_write_key"
    headers = {"WWW-Authenticate": 'Basic realm="write key", charset="UTF-8"'}

    def __init__(self) -> None:
        super().__init__("This write key is not known, or its source is closed.")


class TooLarge(Refused):
    status, code = 413, "too_large"


class TooMuch(Refused):
    status, code = 429, "too_much"

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(message)
        self.headers = {"Retry-After": str(seconds)}


class NotNow(Refused):
    status, code = 503, "not_now"
    headers = {"Retry-After": "10"}

    def __init__(self) -> None:
        super().__init__("Nothing can be stored just now. Send it again later.")
