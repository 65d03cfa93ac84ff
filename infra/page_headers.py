"""The page's security headers: sent by the local server, and by CloudFront in the cloud."""

from typing import Final

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
PERMISSIONS_POLICY: Final = "camera=(), geolocation=(), microphone=(), payment=()"
#: What follows are the origins of the bucket of large exports, to which the page follows links, and the one
#: where it hears prices of coins.
CALLS_ALSO: Final = "; connect-src 'self'"


def security_headers(*origins: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a page that may call its own origin and these."""
    return (
        ("Content-Security-Policy", " ".join((f"{CONTENT_SECURITY_POLICY}{CALLS_ALSO}", *origins))),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", PERMISSIONS_POLICY),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    )
