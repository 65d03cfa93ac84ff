"""Secrets Manager's rotation of the sealing keys: a new key behind, the one that waited in front (A-12).

Secrets Manager calls the function once for each of four steps, and again when one failed (AWS Secrets Manager
user guide, "Lambda rotation functions"). A key seals only from the rotation after the one that made it: by
then every container knows it. The job `bookend` seals anew what older keys sealed, and `dev.py rotate-key
--drop` then takes out the keys that no row names.
"""

import base64
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final

from chalicelib.domain.json_value import JsonValue
from chalicelib.security.sealing import AesSealer, KeyRing

_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"
_KEY_BYTES: Final = 32
#: Key ids have 1 to 32 plain characters: the instant of the key, to the second.
_KEY_ID: Final = "k%Y%m%dT%H%M%S"

Manager = Any  # Any: boto3 makes its clients' classes at run time


def rotate(
    manager: Manager, event: Mapping[str, str], *, now: datetime, token_bytes: Callable[[int], bytes]
) -> dict[str, JsonValue]:
    """Carry out one step of a rotation; twice does what once does. Raises ValueError for an unknown step."""
    secret, version, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    match step:
        case "createSecret":
            _create(manager, secret, version, now, token_bytes)
        case "setSecret":
            pass  # the keys are used by nobody but us: there is no other side to tell
        case "testSecret":
            # Asked too when rotation is switched on, before any step has made a version.
            if _holds_a_value(manager, secret, version):
                _test(_read(manager, secret, _PENDING, version), token_bytes)
        case "finishSecret":
            _finish(manager, secret, version)
        case _:
            raise ValueError(f"{step} is no step of a rotation")
    return {"step": step}


def with_new_key(keys: str, now: datetime, token_bytes: Callable[[int], bytes]) -> str:
    """Return the keys with a new one behind; the one that the rotation before made seals from now on."""
    front, *others = keys.split(",")
    waiting = max((key for key in others if _is_newer(key, front)), default=None)
    if waiting is not None:
        others = [front, *(key for key in others if key != waiting)]
        front = waiting
    made = f"{now:{_KEY_ID}}:{base64.b64encode(token_bytes(_KEY_BYTES)).decode()}"
    return ",".join([front, *others, made])


def without_unused(keys: str, named: Collection[str]) -> str:
    """Return the keys without those older than the one that seals whose ids no row names."""
    front, *others = keys.split(",")
    kept = [key for key in others if _is_newer(key, front) or key.partition(":")[0] in named]
    return ",".join([front, *kept])


def _is_newer(key: str, other: str) -> bool:
    """Compare two keys by their ids, which begin with the instant they were made at."""
    return key.partition(":")[0] > other.partition(":")[0]


def _create(
    manager: Manager, secret: str, version: str, now: datetime, token_bytes: Callable[[int], bytes]
) -> None:
    stages = manager.describe_secret(SecretId=secret)["VersionIdsToStages"]
    if _PENDING in stages.get(version, ()) and _holds_a_value(manager, secret, version):
        return
    manager.put_secret_value(
        SecretId=secret,
        ClientRequestToken=version,
        SecretString=with_new_key(_read(manager, secret, _CURRENT), now, token_bytes),
        VersionStages=[_PENDING],
    )


def _holds_a_value(manager: Manager, secret: str, version: str) -> bool:
    try:
        _read(manager, secret, _PENDING, version)
    except manager.exceptions.ResourceNotFoundException:
        return False
    return True


def _test(keys: str, token_bytes: Callable[[int], bytes]) -> None:
    """Seal and open with the new ring; raises ValueError when it is not whole."""
    sealer = AesSealer(KeyRing.parse(keys), token_bytes)
    sealed = sealer.seal("probe", owner="rotation", field="probe")
    if sealer.open(sealed, owner="rotation", field="probe") != "probe":
        raise ValueError("the new sealing keys do not open what they seal")


def _finish(manager: Manager, secret: str, version: str) -> None:
    stages: Mapping[str, list[str]] = manager.describe_secret(SecretId=secret)["VersionIdsToStages"]
    present = next((one for one, names in stages.items() if _CURRENT in names), None)
    if present == version:
        return
    manager.update_secret_version_stage(
        SecretId=secret, VersionStage=_CURRENT, MoveToVersionId=version, RemoveFromVersionId=present
    )


def _read(manager: Manager, secret: str, stage: str, version: str | None = None) -> str:
    which = {} if version is None else {"VersionId": version}
    return str(manager.get_secret_value(SecretId=secret, VersionStage=stage, **which)["SecretString"])
