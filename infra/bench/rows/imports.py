"""Cold imports: the API function and each job against bare imports, and a FastAPI stack of its own."""

import subprocess
from typing import Final

from chalicelib.domain.clocks.jobs import JOB_NAMES
from infra.bench.ground import Ground
from infra.bench.peers.environment import peer_environment
from infra.bench.processes import ROOT, Spent, Way, importing
from infra.bench.result import Bar, Bound, Outcome, Peer, Row, Skipped

#: What performance.md names, with what any such function loads of them: the driver's dialect, a model.
BARE_IMPORTS: Final = (
    "import chalice.app, psycopg, sqlalchemy, sqlalchemy.dialects.postgresql.psycopg, pydantic, jwt\n"
    "import cryptography.hazmat.primitives.asymmetric.rsa\n"
    "class Model(pydantic.BaseModel):\n    name: str"
)
#: As Lambda does: it names the handler, then imports its module.
_NAMED: Final = 'import os\nos.environ["_HANDLER"] = "app.{handler}"\nimport app'
API: Final = _NAMED.format(handler="app")
READY: Final = f"{API}, chalicelib.composition, chalicelib.api.handlers.trades"
JOB: Final = f"{_NAMED.format(handler='run_{name}')}, chalicelib.composition, chalicelib.jobs.{{name}}"
FASTAPI: Final = (
    "import fastapi, mangum, psycopg, sqlalchemy.orm, sqlalchemy.dialects.postgresql.psycopg\n"
    "app = fastapi.FastAPI(); handler = mangum.Mangum(app)"
)
#: What the desk's functions may cost beside the bare imports; numpy comes in when a chain does.
_JOB_BARS: Final = dict.fromkeys(
    ("desk_scan", "desk_exits", "desk_reconcile", "kill_switch", "desk_summary"), 1.45
)
_PEER_PACKAGES: Final = ("fastapi", "mangum")
_OUR_PINS: Final = ("SQLAlchemy==", "psycopg[binary]==", "pydantic==")


def measure(ground: Ground) -> list[Outcome]:
    """Measure the functions, then the other stack."""
    jobs = sorted(JOB_NAMES)
    ways = [
        Way(name="bare", code=BARE_IMPORTS),
        Way(name="api", code=API),
        Way(name="ready", code=READY),
        *(Way(name=name, code=JOB.format(name=name)) for name in jobs[: ground.sizes.imported_jobs]),
    ]
    found = importing(ways, processes=ground.sizes.processes)
    bare = Peer(name="bare imports of its libraries", value=found["bare"].cpu_ms)
    rows: list[Outcome] = [
        _row("import-api", "cold import of the API function", found["api"], bare, 1.2),
        _row(
            "import-ready",
            "… and all that its first answer needs",
            found["ready"],
            bare,
        ),
    ]
    rows += [
        _row(f"import-{name}", f"cold import of the job {name}", found[name], bare, _JOB_BARS.get(name))
        for name in jobs[: ground.sizes.imported_jobs]
    ]
    return [*rows, _beside_fastapi(ground)]


def _row(name: str, what: str, spent: Spent, peer: Peer, limit: float | None = None) -> Row:
    """Return a line in processor time: imports wait for nothing, and other processes disturb it least."""
    return Row(
        name=name,
        what=what,
        value=spent.cpu_ms,
        unit="ms CPU",
        cpu_ms=spent.cpu_ms,
        peer=peer,
        bar=None if limit is None else Bar(bound=Bound.RATIO_MOST, limit=limit),
        detail={"wall_ms": round(spent.wall_ms, 1)},
    )


def _beside_fastapi(ground: Ground) -> Outcome:
    name = "import-fastapi"
    if not ground.sizes.installs_peer:
        return Skipped(name=name, reason="left out at this size: it installs packages")
    try:
        with peer_environment(_pinned()) as python:
            ways = [Way(name="ours", code=API), Way(name="theirs", code=FASTAPI, python=python)]
            found = importing(ways, processes=ground.sizes.processes)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
        return Skipped(name=name, reason=f"the packages could not be installed ({type(error).__name__})")
    peer = Peer(name="that stack, in an environment of its own", value=found["theirs"].cpu_ms)
    what = "cold import beside FastAPI + Mangum + SQLAlchemy ORM + psycopg"
    return _row(name, what, found["ours"], peer, 1.0)


def _pinned() -> list[str]:
    """Return the other stack's packages, those that are ours too by our pins."""
    ours = (ROOT / "requirements.txt").read_text().splitlines()
    return [*_PEER_PACKAGES, *(line for line in ours if line.startswith(_OUR_PINS))]
