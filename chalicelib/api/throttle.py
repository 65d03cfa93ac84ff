"""600 requests a minute and user, where the deployment counts them (api.md, Time)."""

from chalicelib.api.context import ApiContext
from chalicelib.api.problems import too_many_requests
from chalicelib.services.throttle import count_request


def check_rate(context: ApiContext, username: str, *, weight: int = 1) -> None:
    """Count this request, as `weight` of them; raises Problem 429 beyond the allowance."""
    if context.requests_per_minute is None:
        return
    wait_seconds = count_request(
        context.environment,
        username,
        allowed=context.requests_per_minute,
        machine_now=context.machine_time(),
        weight=weight,
    )
    if wait_seconds is not None:
        raise too_many_requests("Too many requests in this minute.", wait_seconds)
