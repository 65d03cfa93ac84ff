"""The end of a restore: every broker account beside the restored books (architecture.md, Never twice)."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Final

from psycopg.conninfo import make_conninfo
from sqlalchemy.exc import SQLAlchemyError

from chalicelib.composition import Container
from chalicelib.config import Config
from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Clock
from chalicelib.services.sync.look_at_brokers import AccountLook, look_at_brokers, report
from chalicelib.store.database import Database, DatabaseUnavailable
from chalicelib.store.engine import open_engine
from chalicelib.system import SystemClock, Threads
from infra.restore.load import Say

if TYPE_CHECKING:
    import httpx

_NOWHERE: Final = "https://sign-in.invalid"
_NOT_LOOKED: Final = "broker accounts were not looked at"
_SYNC_LOOKS: Final = "The first sync sees the same and acts on it; `restore --look URL` tells beforehand"


class _NoBus:
    """Nothing of a look is handed to anybody."""

    def send(self, job: str, payload: Mapping[str, JsonValue], *, due_at: object = None) -> None:
        raise NotImplementedError(f"a look sends no {job}")

    def send_all(self, messages: Sequence[object]) -> None:
        raise NotImplementedError(f"a look sends none of {len(messages)} messages")


def look_from_outside(
    owner_url: str,
    sealing_keys: str,
    *,
    clock: Clock,
    transport: "httpx.BaseTransport | None" = None,
) -> Sequence[AccountLook]:
    """Look at the brokers as the database's owner, who sees all rows: the functions' roles may not be there.

    Raises psycopg's and sqlalchemy's errors, and DatabaseUnavailable.
    """
    config = Config.from_environment(
        {
            "DATABASE_URL_JOBS": make_conninfo(owner_url, options="-c app.migration=on"),
            "SEALING_KEYS": sealing_keys,
            **dict.fromkeys(
                ("COGNITO_ISSUER", "COGNITO_JWKS_URL", "COGNITO_CLIENT_ID", "COGNITO_ENDPOINT_URL"), _NOWHERE
            ),
        }
    )
    container = Container(
        config,
        clock=clock,
        bus=_NoBus(),
        http_transport=transport,
        open_database=lambda url: Database(open_engine(url, pool_size=config.pool_size), clock),
        side_by_side=Threads(),
    )
    try:
        return look_at_brokers(container.jobs_environment())
    finally:
        container.close()


class Seen(Enum):
    """How a look ended."""

    AS_BOOKED = "as booked"
    DIFFERS = "differs"
    NOT_LOOKED = "not looked"


def look_and_tell(owner_url: str, stage_name: str | None, environ: Mapping[str, str], say: Say) -> Seen:
    """Look with the sealing keys of a stage, or of SEALING_KEYS, and say what differs.

    Whatever prevents it is said and ends in NOT_LOOKED: what was restored stays restored.
    """
    try:
        keys = environ.get("SEALING_KEYS") if stage_name is None else _keys_of(stage_name)
        if not keys:
            say(f"{_NOT_LOOKED}: no --stage and no SEALING_KEYS to open the tokens with. {_SYNC_LOOKS}")
            return Seen.NOT_LOOKED
        say("looking at every broker account: nothing is sent or cancelled")
        looks = look_from_outside(owner_url, keys, clock=SystemClock())
    except (StageUnreadable, DatabaseUnavailable, SQLAlchemyError, ValueError) as error:
        say(f"{_NOT_LOOKED}: {error}. {_SYNC_LOOKS}")
        return Seen.NOT_LOOKED
    for line in report(looks):
        say(line)
    return Seen.AS_BOOKED if all(look.is_as_booked for look in looks) else Seen.DIFFERS


class StageUnreadable(Exception):
    """The stage's sealing keys cannot be had."""


def _keys_of(stage_name: str) -> str | None:
    # Here, since only this asks AWS: a restore by hand needs none of it.
    from infra.cloud.chalice_part import ROOT
    from infra.cloud.deploying.aws import AWS_ERRORS, clients_of, in_a_sentence
    from infra.cloud.deploying.database import StageSecrets
    from infra.cloud.deploying.stage_file import read_stage
    from infra.cloud.stage import BadStage

    try:
        stage = read_stage(stage_name, ROOT)
        return StageSecrets(clients_of(stage.region), stage).sealing_keys()
    except BadStage as error:
        raise StageUnreadable(str(error)) from error
    except AWS_ERRORS as error:
        raise StageUnreadable(in_a_sentence(error)) from error
