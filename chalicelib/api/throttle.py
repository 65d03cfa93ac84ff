"""600 requests a minute and user, where the deployment counts them (api.md, Time)."""

from chalicelib.api.context import ApiContext
from chalicelib.api.problems import too_many_requests
from chalicelib.services.throttle import count_request


def check_rate(context: ApiContext, username: str) -> None:
    """Count this request; raises Problem 429 beyond the allowance."""
    if context.requests_per_minute is None:
        return
    wait_seconds = count_request(
        context.environment,
        username,
        allowed=context.requests_per_minute,
        machine_now=context.machine_time(),
    )
    if wait_seconds is not None:
        raise too_many_requests("Too many requests in this minute.", wait_seconds)
