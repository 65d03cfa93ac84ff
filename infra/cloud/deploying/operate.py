"""What an operator does to a stage besides deploying: destroy, migrate, renew the sealing key, add a user."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

from infra.cloud.chalice_part import ROOT
from infra.cloud.deploying.aws import AWS_ERRORS, Clients, DeploymentFailed, clients_of, in_a_sentence
from infra.cloud.deploying.database import StageSecrets, keys_in_use, migrate_stage
from infra.cloud.deploying.deploy import OWNER_URL
from infra.cloud.deploying.releases import Releases
from infra.cloud.deploying.stack import Stack
from infra.cloud.deploying.stage_file import read_stage
from infra.cloud.stage import BadStage, Stage
from infra.local.aws.accounts import new_password

OPERATOR_GROUP: Final = "operator"


def destroy(arguments: Sequence[str]) -> int:
    """Take a stage down; backups, secrets and accounts stay, and say where."""
    parser = argparse.ArgumentParser(prog="dev.py destroy", description="Take a stage down.")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--yes", action="store_true")
    chosen = parser.parse_args(arguments)
    return _run(chosen.stage, lambda stage, clients: _destroy(stage, clients, sure=chosen.yes))


def _destroy(stage: Stage, clients: Clients, *, sure: bool) -> int:
    if not sure and input(f"type {stage.name} to take this stage down: ").strip() != stage.name:
        print("nothing was done")
        return 2
    stack = Stack(clients, stage.stack_name, print)
    if stack.status() is None:
        print(f"there is no stack {stage.stack_name}")
        return 0
    outputs = stack.outputs()  # none where a creation failed
    for name in ("PageBucket", "ExportBucket"):
        if name in outputs:
            _empty(clients, outputs[name])
    stack.delete()
    if outputs:
        kept = (outputs[name] for name in ("BackupBucket", "HistoryBucket") if name in outputs)
        print(f"kept: the buckets {', '.join(kept)}, the user pool {outputs['UserPoolId']},")
    print(f"kept: the secret {stage.secret_name}, the artifacts {Releases(clients, stage).bucket}")
    return 0


def _empty(clients: Clients, bucket: str) -> None:
    """Delete a bucket's objects: CloudFormation deletes empty buckets only."""
    s3: Any = clients("s3")  # Any: as in `aws`
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
        if keys:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": keys})


def migrate(arguments: Sequence[str]) -> int:
    """Bring a stage's schema to this source's, without deploying code."""
    parser = argparse.ArgumentParser(prog="dev.py migrate", description="Migrate a stage's database.")
    parser.add_argument("--stage", required=True)
    chosen = parser.parse_args(arguments)
    return _run(chosen.stage, _migrate)


def _migrate(stage: Stage, clients: Clients) -> int:
    owner_url = os.environ.get(OWNER_URL)
    if not owner_url:
        print(f"set {OWNER_URL} to the database owner's connection string", file=sys.stderr)
        return 2
    roots = None if stage.database_roots is None else str(ROOT / stage.database_roots)
    migrate_stage(owner_url, StageSecrets(clients, stage).passwords(), own_roots=roots)
    print(f"{stage.name}: the schema is this release's, the roles are safe")
    return 0


def rotate_key(arguments: Sequence[str]) -> int:
    """Begin a rotation of a stage's sealing keys now, or drop the keys that nothing stored names any more."""
    parser = argparse.ArgumentParser(prog="dev.py rotate-key", description="Renew a stage's sealing key.")
    parser.add_argument("--stage", required=True)
    parser.add_argument("--drop", action="store_true", help="take out older keys that no row names")
    chosen = parser.parse_args(arguments)
    return _run(chosen.stage, _drop_keys if chosen.drop else _rotate_key)


def _rotate_key(stage: Stage, clients: Clients) -> int:
    clients("secretsmanager").rotate_secret(SecretId=stage.secret_name)
    print("a new key is being put behind; the one that waited there seals from now on")
    print("older keys stay until rotate-key --drop, so that every stored token still opens")
    return 0


def _drop_keys(stage: Stage, clients: Clients) -> int:
    owner_url = os.environ.get(OWNER_URL)
    if not owner_url:
        print(f"set {OWNER_URL} to the database owner's connection string", file=sys.stderr)
        return 2
    dropped = StageSecrets(clients, stage).drop_unused_keys(keys_in_use(owner_url))
    print(f"{stage.name}: {dropped} sealing keys dropped; tokens in backups from before need entering anew")
    return 0


def add_user(stage_name: str, username: str, *, password: str | None, operator: bool) -> int:
    """Make an account in a stage's user pool and print its password once."""
    return _run(stage_name, lambda stage, clients: _add_user(stage, clients, username, password, operator))


def _add_user(stage: Stage, clients: Clients, username: str, password: str | None, operator: bool) -> int:
    pool_id = Stack(clients, stage.stack_name, print).outputs().get("UserPoolId")
    if pool_id is None:
        raise DeploymentFailed(f"there is no stage {stage.name} in {stage.region}: deploy it first")
    cognito: Any = clients("cognito-idp")  # Any: as in `aws`
    chosen = password or new_password()
    try:
        cognito.admin_create_user(UserPoolId=pool_id, Username=username, MessageAction="SUPPRESS")
    except cognito.exceptions.UsernameExistsException:
        print(f"{username} was not made: the name is taken", file=sys.stderr)
        return 2
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=username, Password=chosen, Permanent=True)
    if operator:
        cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=username, GroupName=OPERATOR_GROUP)
    print(f"made {username}" + ("" if password else f", password {chosen}"))
    return 0


def site_of(stage_name: str) -> str | None:
    """Return a stage's address, None (and its reason printed) where it cannot be told."""
    try:
        stage = read_stage(stage_name, ROOT)
        return Stack(clients_of(stage.region), stage.stack_name, print).outputs()["SiteUrl"]
    except (BadStage, DeploymentFailed) as error:
        print(str(error), file=sys.stderr)
        return None


def output_of(stage_name: str, name: str) -> str | None:
    """Return one output of a stage's stack, None where it has none; raises BadStage, DeploymentFailed."""
    stage = read_stage(stage_name, ROOT)
    return Stack(clients_of(stage.region), stage.stack_name, print).outputs().get(name)


def _run(stage_name: str, work: Callable[[Stage, Clients], int]) -> int:
    try:
        stage = read_stage(stage_name, ROOT)
        return work(stage, clients_of(stage.region))
    except (BadStage, DeploymentFailed) as error:
        print(str(error), file=sys.stderr)
        return 2
    except AWS_ERRORS as error:
        print(in_a_sentence(error), file=sys.stderr)
        return 2
