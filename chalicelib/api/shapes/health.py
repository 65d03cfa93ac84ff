"""How the product is: each check, and the whole in one word."""

from chalicelib.domain.json_value import JsonValue
from chalicelib.services.operations.health import Check, Health


def shape_health(health: Health) -> dict[str, JsonValue]:
    """Write the checks by name."""
    return {
        "status": health.status,
        "checks": {name: _check(check) for name, check in health.checks.items()},
    }


def _check(check: Check) -> dict[str, JsonValue]:
    age = None if check.age_seconds is None else round(check.age_seconds, 3)
    return {"ok": check.ok, "detail": check.detail, "age_s": age}
