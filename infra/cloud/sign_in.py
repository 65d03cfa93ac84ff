"""Sign-in as a function of its own: whoever waits for the sign-in service takes no slot from a close.

The same code behind the same paths. It is Chalice's API function once more, to which two paths are turned.
"""

import json
from copy import deepcopy
from typing import Final

from infra.cloud.formation import Resources
from infra.cloud.stage import Stage

FUNCTION: Final = "SignInHandler"
PATHS: Final = ("/api/session", "/api/session/refresh")
#: How many may wait for the sign-in service at once.
CONCURRENCY: Final = 2
_API: Final = "APIHandler"


def sign_in_apart(resources: Resources, stage: Stage) -> None:
    """Add the function and its permission, and turn its paths to it."""
    function = deepcopy(resources[_API])
    properties = function["Properties"]
    properties["FunctionName"] = f"{stage.stack_name}-sign-in"
    properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] = "papertape-sign-in"
    if "ReservedConcurrentExecutions" in properties:
        properties["ReservedConcurrentExecutions"] = CONCURRENCY
    permission = deepcopy(resources[f"{_API}InvokePermission"])
    permission["Properties"]["FunctionName"] = {"Ref": FUNCTION}
    resources[FUNCTION] = function
    resources[f"{FUNCTION}InvokePermission"] = permission
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path in PATHS:
        paths[path] = json.loads(json.dumps(paths[path]).replace(f"${{{_API}.Arn}}", f"${{{FUNCTION}.Arn}}"))
