"""What sign-in and sealing refuse with. No text here holds a token, a password or a key.

SecurityError
├─ CredentialsUnreadable   a sealed secret that the present keys cannot open, or that is gone
│  └─ UnknownKey         sealed with a key that this process does not know, or not yet
├─ NoKeyRing               this function is given no keys: whoever has them must do it
├─ TokenRefused            an access token that is not ours, not valid or not for this
├─ SigninRefused           wrong name, password or code; a further step is named in `challenge`
├─ PasswordRefused         a new password is against the rules
├─ SigninThrottled         the sign-in service wants to be asked later
└─ SigninUnavailable       the sign-in service could not be reached
"""


class SecurityError(Exception):
    """Base of what this layer refuses with."""


class CredentialsUnreadable(SecurityError):
    """No present key opens this secret, or there is none: "Re-enter your broker credentials"."""

    def __init__(self) -> None:
        super().__init__("Re-enter your broker credentials")


class UnknownKey(CredentialsUnreadable):
    """The secret names a key that is not among the keys at hand: it may be newer than they are."""


class NoKeyRing(SecurityError):
    """A function that is given no sealing keys met a sealed secret; nothing is wrong with the secret."""

    def __init__(self) -> None:
        super().__init__("this function is given no sealing keys")


class TokenRefused(SecurityError):
    """This text is no access token for papertape; the reason is for the log, not for the caller."""


class SigninRefused(SecurityError):
    """The sign-in service said no; `challenge` names what it asks for besides, as Cognito calls it."""

    def __init__(self, *, challenge: str | None = None) -> None:
        super().__init__("the sign-in service refused")
        self.challenge = challenge


class PasswordRefused(SecurityError):
    """The rules for passwords do not admit the new one."""


class SigninThrottled(SecurityError):
    """Too many attempts; nothing was decided."""


class SigninUnavailable(SecurityError):
    """The sign-in service could not be reached or gave no readable answer."""
