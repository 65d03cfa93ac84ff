"""What API Gateway answers itself, as problem+json; and how much it lets through (api.md, Rules)."""

import json
from typing import Final

from chalicelib.api.problems import CONTENT_TYPE, Problem, gateway_problem
from infra.cloud.formation import Node, Resources
from infra.cloud.stage import Stage

#: A gateway's own refusals (API Gateway developer guide, "Gateway response types") and how we word each.
_STATUS_BY_RESPONSE: Final = {
    "ACCESS_DENIED": 404,
    "API_CONFIGURATION_ERROR": 503,
    "BAD_REQUEST_BODY": 400,
    "BAD_REQUEST_PARAMETERS": 400,
    "DEFAULT_4XX": 400,
    "DEFAULT_5XX": 503,
    "INTEGRATION_FAILURE": 503,
    "INTEGRATION_TIMEOUT": 503,
    "INVALID_API_KEY": 404,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "QUOTA_EXCEEDED": 429,
    "REQUEST_TOO_LARGE": 413,
    "RESOURCE_NOT_FOUND": 404,
    "THROTTLED": 429,
    "UNSUPPORTED_MEDIA_TYPE": 415,
}
_REQUESTS_A_SECOND: Final = 50
_BURST: Final = 100
#: Calls without a sign-in: nobody's counter holds these back, so the gateway does.
_PUBLIC_REQUESTS_A_SECOND: Final = 5
_PUBLIC_BURST: Final = 10
_PUBLIC_PATHS: Final = ("/api/session", "/api/session/refresh", "/api/openapi.json")


def gateway_responses() -> Node:
    """Return the OpenAPI extension that words the gateway's own answers."""
    return {kind: _response(gateway_problem(status)) for kind, status in _STATUS_BY_RESPONSE.items()}


def _response(problem: Problem) -> Node:
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        **problem.headers,
    }
    return {
        "statusCode": str(problem.status),
        "responseParameters": {
            f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()
        },
        "responseTemplates": {"application/json": json.dumps(problem.body())},
    }


def dress_api(resources: Resources, stage: Stage) -> None:
    """Give Chalice's REST API its name, our refusals and its throttle."""
    properties = resources["RestAPI"]["Properties"]
    properties["Name"] = stage.stack_name
    properties["DefinitionBody"]["x-amazon-apigateway-gateway-responses"] = gateway_responses()
    properties["MethodSettings"] = [
        _throttled("/*", _REQUESTS_A_SECOND, _BURST),
        *(_throttled(path, _PUBLIC_REQUESTS_A_SECOND, _PUBLIC_BURST) for path in _PUBLIC_PATHS),
    ]
    properties["EndpointConfiguration"] = {"Type": "REGIONAL"}


def _throttled(path: str, requests_a_second: int, burst: int) -> Node:
    """Limit a path; API Gateway writes its inner slashes as `~1` (CloudFormation, MethodSetting)."""
    return {
        "ResourcePath": path if path == "/*" else "/" + path.replace("/", "~1"),
        "HttpMethod": "*",
        "ThrottlingRateLimit": requests_a_second,
        "ThrottlingBurstLimit": burst,
        "MetricsEnabled": True,
    }
