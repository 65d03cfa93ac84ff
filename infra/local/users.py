"""`dev.py user add NAME`: an account in the running stack or a deployed stage, made by an operator (A-10)."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from botocore.exceptions import ClientError

from infra.local.accounts import Account, AccountBook, new_password
from infra.local.aws import UserPool, make_account
from infra.local.state import DEFAULT_DIRECTORY, StateDirectory


def main(arguments: Sequence[str]) -> int:
    """Make the account and print its password once; return 2 when it cannot be made."""
    parser = argparse.ArgumentParser(prog="dev.py user")
    parser.add_argument("action", choices=["add"])
    parser.add_argument("username", type=str.lower)
    parser.add_argument("--password", help="made up and printed when not given")
    parser.add_argument("--operator", action="store_true", help="a member of the group of operators")
    parser.add_argument("--state-dir", type=Path, default=DEFAULT_DIRECTORY)
    parser.add_argument("--stage", help="a deployed stage instead of the running stack")
    chosen = parser.parse_args(arguments)
    if chosen.stage is not None:
        from infra.cloud.deploying.operate import add_user

        return add_user(chosen.stage, chosen.username, password=chosen.password, operator=chosen.operator)
    state = StateDirectory(chosen.state_dir)
    if not state.path.exists() or not state.is_running():
        print(f"no stack runs on {state.path}: start one with `python3 dev.py up`", file=sys.stderr)
        return 2
    account = Account(
        username=chosen.username, password=chosen.password or new_password(), operator=chosen.operator
    )
    return _add(state, account, tell_password=chosen.password is None)


def _add(state: StateDirectory, account: Account, *, tell_password: bool) -> int:
    stored = state.read_pool()
    if stored is None:
        print("the stack is still starting: try again when it says ready", file=sys.stderr)
        return 2
    pool = UserPool(
        endpoint_url=str(stored["endpoint_url"]),
        pool_id=str(stored["pool_id"]),
        client_id=str(stored["client_id"]),
    )
    try:
        sub = make_account(pool, account)
    except ClientError as error:
        word = error.response["Error"]["Code"]
        why = "the name is taken" if word == "UsernameExistsException" else word
        print(f"{account.username} was not made: {why}", file=sys.stderr)
        return 2
    AccountBook(state.accounts).put(replace(account, sub=sub))
    print(f"made {account.username}" + (f", password {account.password}" if tell_password else ""))
    return 0
