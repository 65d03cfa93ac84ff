"""`dev.py deploy --stage NAME`: plan, migrate, stack, secrets, page, smoke test; back again on failure."""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from infra.cloud.chalice_part import ROOT
from infra.cloud.deploying.aws import AWS_ERRORS, Clients, DeploymentFailed, clients_of, in_a_sentence
from infra.cloud.deploying.database import StageSecrets, migrate_stage
from infra.cloud.deploying.forecast import forecast
from infra.cloud.deploying.page_upload import page_files, upload_page, with_release
from infra.cloud.deploying.quotas import check_quotas
from infra.cloud.deploying.releases import Release, Releases
from infra.cloud.deploying.smoke import Ask, over_https, smoke_test
from infra.cloud.deploying.stack import Say, Stack
from infra.cloud.deploying.stage_file import read_stage
from infra.cloud.formation import Node
from infra.cloud.functions import UnknownRegion, functions, secrets_extension
from infra.cloud.package import CannotLoad, PackageTooLarge, WheelsMissing, build_package
from infra.cloud.stage import BadStage, Stage
from infra.cloud.template import build_template

OWNER_URL: Final = "PAPERTAPE_OWNER_URL"
#: The operator's tokens, taken over into the stage's secrets when they are set.
TOKENS: Final = ("ORATS_TOKEN", "TRADIER_DATA_TOKEN", "TELEGRAM_BOT_TOKEN", "MODEL_KEY")
_PAGE: Final = ROOT / "static-site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What one deployment puts in place."""

    stage: Stage
    release_id: str
    template: Node
    package: Path
    page: Mapping[str, bytes]


def main(arguments: Sequence[str]) -> int:
    """Deploy a stage; return 2 when it cannot be begun, 1 when it failed and the former release stands."""
    parser = argparse.ArgumentParser(prog="dev.py deploy", description="Deploy a stage to AWS.")
    parser.add_argument("--stage", required=True, help="its choices stand in stages/NAME.toml")
    parser.add_argument("--dry-run", action="store_true", help="build and plan; needs no account")
    parser.add_argument("--yes", action="store_true", help="do not ask before the changes are made")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="papertape-deploy-") as directory:
        try:
            deployment = prepare(read_stage(chosen.stage, ROOT), Path(directory), _say)
            if chosen.dry_run:
                return 0
            owner_url = os.environ.get(OWNER_URL)
            if not owner_url:
                _say(f"set {OWNER_URL} to the database owner's connection string; it is stored nowhere")
                return 2
            return carry_out(
                deployment,
                clients_of(deployment.stage.region),
                owner_url=owner_url,
                tokens={name: os.environ[name] for name in TOKENS if os.environ.get(name)},
                agrees=(lambda: True) if chosen.yes else _ask_person,
                ask_site=over_https,
                say=_say,
            )
        except (BadStage, UnknownRegion, WheelsMissing, CannotLoad, PackageTooLarge) as error:
            _say(str(error))
            return 2
        except DeploymentFailed as error:
            _say(f"failed: {error}")
            return 1
        except AWS_ERRORS as error:
            _say(f"failed: {in_a_sentence(error)}")
            return 1
        except psycopg.Error as error:
            _say(f"failed: the database: {str(error).splitlines()[0]}")
            return 1


def prepare(stage: Stage, directory: Path, say: Say) -> Deployment:
    """Build everything that can be built without an account, and say what it is."""
    say(f"stage {stage.name} in {stage.region}, {stage.architecture.value}")
    package = build_package(stage.architecture, directory, say, own_roots=_own_roots(stage))
    digest = hashlib.sha256(package.path.read_bytes())
    page = page_files(_PAGE)
    for name in sorted(page):
        digest.update(name.encode() + page[name])
    template = build_template(stage)
    release_id = f"{_commit()}-{digest.hexdigest()[:10]}"
    _say_plan(template, stage, say)
    return Deployment(
        stage=stage,
        release_id=release_id,
        template=template,
        package=package.path,
        page=with_release(page, stage=stage.name, release_id=release_id),
    )


def _own_roots(stage: Stage) -> Path | None:
    """Return the file of the database's own roots. Raises BadStage when it is not there."""
    if stage.database_roots is None:
        return None
    path = ROOT / stage.database_roots
    if not path.is_file():
        raise BadStage(f"database_roots names {stage.database_roots}, which is no file")
    return path


def _say_plan(template: Node, stage: Stage, say: Say) -> None:
    kinds = Counter(one["Type"] for one in template["Resources"].values())
    say(f"template: {len(template['Resources'])} resources")
    for kind, count in sorted(kinds.items()):
        say(f"  {count:3} {kind}")
    say(f"functions: {', '.join(function.name for function in functions())}")
    say(f"secrets extension: {secrets_extension(stage)}")
    for line in forecast(stage, template):
        say(line)
    if stage.live_trading and not stage.point_in_time_restore:
        say("WARNING: live trading wants a database with point-in-time restore; this stage says it has none")


def carry_out(
    deployment: Deployment,
    clients: Clients,
    *,
    owner_url: str,
    tokens: Mapping[str, str],
    agrees: Callable[[], bool],
    ask_site: Callable[[str], Ask],
    say: Say,
) -> int:
    """Put a deployment in place: migrations before code, the page last, back to the former if it is dead.

    Raises DeploymentFailed.
    """
    stage = deployment.stage
    check_quotas(clients, deployment.template)
    releases = Releases(clients, stage)
    releases.prepare()
    release = releases.release(deployment.release_id)
    former = releases.current()
    say(f"account {releases.account}, release {release.id}, running {former.id if former else 'nothing yet'}")
    releases.store(release, deployment.package, _with_package(deployment.template, release), deployment.page)
    stack = Stack(clients, stage.stack_name, say)
    changes = _planned(stack, releases.template_url(release), release.id, say)
    if not agrees():
        if changes is not None:
            stack.forget_plan()
        say("nothing was done")
        return 2
    # Before the stack: its schedules call functions as soon as both are there.
    _migrate_and_fill_secrets(clients, stage, owner_url, tokens, say)
    if changes is not None:
        stack.carry_out()
    outputs = stack.outputs()
    say("uploading the page …")
    upload_page(clients, outputs["PageBucket"], outputs["DistributionId"], deployment.page)
    # By the distribution's own name: a domain's CNAME can only be set once this one is known.
    wrong = smoke_test(ask_site(f"https://{outputs['DistributionDomain']}"), release.id)
    if wrong:
        _roll_back(releases, former, stack, clients, outputs, say)
        raise DeploymentFailed("the smoke test: " + "; ".join(wrong))
    releases.point_at(release)
    _say_where(stage, outputs, say)
    return 0


def _planned(stack: Stack, template_url: str, release_id: str, say: Say) -> Sequence[str] | None:
    """Plan the stack's changes and show them; None when there are none."""
    changes = stack.plan(template_url, release_id)
    for line in changes or ["nothing changes in the stack"]:
        say(f"  {line}")
    return changes


def _migrate_and_fill_secrets(
    clients: Clients, stage: Stage, owner_url: str, tokens: Mapping[str, str], say: Say
) -> None:
    """Bring the database to the release's schema, then store what the functions sign in to it with."""
    held = StageSecrets(clients, stage)
    held.prepare()
    passwords = held.passwords()
    say("migrating the database …")
    roots = _own_roots(stage)
    migrate_stage(owner_url, passwords, own_roots=None if roots is None else str(roots))
    held.fill(owner_url, passwords, tokens)


def _say_where(stage: Stage, outputs: Mapping[str, str], say: Say) -> None:
    say(f"{stage.name} lives at {outputs['SiteUrl']}")
    if stage.domain is not None:
        say(f"{stage.domain} must be a CNAME or alias of {outputs['DistributionDomain']}")


def _with_package(template: Node, release: Release) -> Node:
    """Return the template with every function's code where the release keeps it."""
    code = {"Bucket": release.bucket, "Key": release.package_key}
    resources = {
        name: {**one, "Properties": {**one["Properties"], "CodeUri": code}}
        if one["Type"] == "AWS::Serverless::Function"
        else one
        for name, one in template["Resources"].items()
    }
    return {**template, "Resources": resources}


def _roll_back(
    releases: Releases,
    former: Release | None,
    stack: Stack,
    clients: Clients,
    outputs: Mapping[str, str],
    say: Say,
) -> None:
    """Bring the former release's code and page back; the schema stays, migrations being made to suit both."""
    if former is None:
        say("there is no former release to go back to")
        return
    say(f"going back to {former.id} …")
    if stack.plan(releases.template_url(former), former.id) is not None:
        stack.carry_out()
    upload_page(clients, outputs["PageBucket"], outputs["DistributionId"], releases.page(former))


def _commit() -> str:
    """Name the source by its commit, or say that it is none."""
    done = subprocess.run(  # noqa: S603
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "source"


def _ask_person() -> bool:
    return input("carry these changes out? [y/N] ").strip().lower() in {"y", "yes"}


def _say(line: str) -> None:
    print(line, file=sys.stdout, flush=True)
