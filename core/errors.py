"""The error tree: one type for each thing a caller can do about it.

    GiqaError                    anything a person can be told and can act on
    ├── InvalidInput             what was given cannot be used
    │   ├── InvalidBox           a box outside the image, reversed, or without area
    │   ├── InvalidMarkup        a value that cannot be written as grounded text
    │   ├── InvalidRecord        a record that breaks the schema, or a newer one
    │   ├── ReusedKey            one idempotency key for two different saves
    │   ├── UnreadableImage      not an image, damaged, or of a format not accepted
    │   └── ImageTooLarge        more pixels than the cap
    ├── InvalidSettings          flags or environment variables that make no sense
    ├── UnknownBackend           no backend of that name
    ├── BackendUnavailable       the name is right, but its weights, package or server is missing
    ├── ModelFailed              a model ran, or a server answered, and gave nothing usable: another try or another input may do better
    ├── MissingCapability        the backend cannot do what was asked of it
    ├── UnknownTask              no task of that number
    ├── NotYours                 a task that the queue gave to others
    ├── LeaseLost                a claim that ran out, or was given back
    ├── SignInFailed             name and password do not belong together
    ├── TooManyAttempts          too many wrong passwords: wait a little
    ├── StaleRevision            somebody saved this task since it was opened
    ├── DiskFull                 no room where the work is written
    ├── StoreUnavailable         the database cannot be read or written now: locked, full, read-only, damaged, newer
    └── Cancelled                somebody asked for the work to stop

A message says what is wrong, what was found, and what to do next. It is shown to people as plain text.
"""


class GiqaError(Exception):
    """Anything a person can be told and can act on.

    `code`: what the pages' catalogue calls the message (`error.CODE` in assets/js/i18n), "" where it is told in English alone; `values`: what stands in
    its places.
    """

    def __init__(self, *told: object, code: str = "", **values: str | int) -> None:
        super().__init__(*told)
        self.code, self.values = code, values


class InvalidInput(GiqaError, ValueError):
    """What was given cannot be used."""


class InvalidBox(InvalidInput):
    """A box outside the image, reversed, or without area."""


class InvalidMarkup(InvalidInput):
    """A value that cannot be written as grounded text."""


class InvalidRecord(InvalidInput):
    """A record that breaks the schema, or was written by a newer version."""


class ReusedKey(InvalidInput):
    """One idempotency key was sent with two different saves."""


class UnreadableImage(InvalidInput):
    """Not an image, damaged, or of a format that is not accepted."""


class ImageTooLarge(InvalidInput):
    """More pixels than the cap."""


class InvalidSettings(GiqaError):
    """Flags or environment variables that make no sense."""


class UnknownBackend(GiqaError):
    """No backend of that name."""


class BackendUnavailable(GiqaError):
    """The name is right, but its weights, its package or its server is missing."""


class ModelFailed(GiqaError):
    """A model ran, or a server answered, and gave nothing usable: another try or another input may do better."""


class MissingCapability(GiqaError):
    """The backend cannot do what was asked of it."""


class UnknownTask(GiqaError):
    """No task of that number."""


class NotYours(GiqaError):
    """A task that the queue gave to others, and not to who asks for it."""


class LeaseLost(GiqaError):
    """A claim that ran out, or was given back: the task may be with somebody else. What is saved is kept all the same."""


class StaleRevision(GiqaError):
    """Somebody saved this task since it was opened. `current`: the number of the revision that is the newest now, `None` where there is none."""

    def __init__(self, message: str, current: int | None, *, code: str = "") -> None:
        super().__init__(message, code=code)
        self.current = current


class SignInFailed(GiqaError):
    """Name and password do not belong together, or the account is closed; which of these is not told."""


class TooManyAttempts(GiqaError):
    """Too many wrong passwords. `seconds`: how long until the next try is taken."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message, code="tooManyAttempts", n=seconds)
        self.seconds = seconds


class DiskFull(GiqaError):
    """No room is left where the work is written: make room, and go on where it ended."""


class StoreUnavailable(GiqaError):
    """The database cannot be read or written now: locked, full, read-only, damaged, or of a newer version."""


class Cancelled(GiqaError):
    """Somebody asked for the work to stop."""
