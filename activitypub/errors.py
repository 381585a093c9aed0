"""What can go wrong in the protocol; the reasons are plain words for the person who hosts the server.

ActivityPubError
├── BadUri                   a text that should be an address or a handle is none
├── BadDocument              bytes or JSON that ActivityPub does not allow
├── BadSignature             a request or proof whose signature is missing, malformed or wrong
└── FetchFailed              another server gave no usable answer
    ├── UnsafeAddress        we refused to ask: private, local or otherwise forbidden address
    ├── OutOfBudget          we stopped asking: too many requests or too much time
    ├── Missing              404
    └── Gone                 410
"""


class ActivityPubError(Exception):
    """Root of everything this library raises on purpose."""


class BadUri(ActivityPubError, ValueError):
    """A text that should be an address or a handle is none."""


class BadDocument(ActivityPubError, ValueError):
    """Bytes or JSON that ActivityPub does not allow."""


class BadSignature(ActivityPubError):
    """A signature that is missing, malformed or wrong; `code` is for logs and counters, `status` for the answer."""

    def __init__(self, reason: str, *, code: str = "signature", status: int = 401) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.status = status


class FetchFailed(ActivityPubError):
    """Another server gave no usable answer; `permanent` says whether asking again can help."""

    def __init__(
        self,
        reason: str,
        *,
        status: int | None = None,
        permanent: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.permanent = permanent
        self.retry_after = retry_after


class UnsafeAddress(FetchFailed):
    """We refused to connect: the address is private, local, or not one that servers of this network use."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True)


class OutOfBudget(FetchFailed):
    """A chain of fetches used up its number of requests or its time."""


class Missing(FetchFailed):
    """The other server answered 404: there is nothing at this address, or nothing for us."""

    def __init__(self, reason: str = "the other server says that nothing is there (404)") -> None:
        super().__init__(reason, status=404, permanent=True)


class Gone(FetchFailed):
    """The other server answered 410: what was at this address has been deleted for good."""

    def __init__(self, reason: str = "the other server says that it was deleted (410)") -> None:
        super().__init__(reason, status=410, permanent=True)
