"""`dev.py user add|disable|enable|remove NAME`: people of the running stack or a deployed stage (A-10).

Accounts are made with an operator's rights over the user pool; ended are they by the API's own calls, as an
operator who is signed in, so that sessions, tokens, live and entries end with them.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from botocore.exceptions import ClientError

from chalicelib.security.groups import OPERATOR_GROUP
from infra.local import operator_calls
from infra.local.aws.accounts import OPERATOR, Account, AccountBook, new_password
from infra.local.aws.aws import UserPool, make_account
from infra.local.operator_calls import CallRefused
from infra.local.state import DEFAULT_DIRECTORY, StateDirectory


def main(arguments: Sequence[str]) -> int:
    """Do what is asked; return 2 when it cannot be done. A made-up password is printed once."""
    chosen = _parser().parse_args(arguments)
    if chosen.action == "add" and chosen.stage is not None:
        from infra.cloud.deploying.operate import add_user

        return add_user(chosen.stage, chosen.username, password=chosen.password, operator=chosen.operator)
    if chosen.stage is not None:
        return _at_stage(chosen)
    state = StateDirectory(chosen.state_dir)
    if not state.path.exists() or not state.is_running():
        print(f"no stack runs on {state.path}: start one with `python3 dev.py up`", file=sys.stderr)
        return 2
    if chosen.action != "add":
        return _in_stack(state, chosen)
    account = Account(
        username=chosen.username,
        password=chosen.password or new_password(),
        groups=(OPERATOR_GROUP,) if chosen.operator else (),
    )
    return _add(state, account, tell_password=chosen.password is None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dev.py user")
    parser.add_argument("action", choices=["add", "disable", "enable", "remove"])
    parser.add_argument("username", type=str.lower)
    parser.add_argument("--password", help="of the new account; made up and printed when not given")
    parser.add_argument("--operator", action="store_true", help="a member of the group of operators")
    parser.add_argument("--keep-positions", action="store_true", help="remove although something is held")
    parser.add_argument("--as", dest="signed_in_as", help="the operator who ends somebody at a stage")
    parser.add_argument("--state-dir", type=Path, default=DEFAULT_DIRECTORY)
    parser.add_argument("--stage", help="a deployed stage instead of the running stack")
    return parser


def _at_stage(chosen: argparse.Namespace) -> int:
    from infra.cloud.deploying.operate import site_of

    if chosen.signed_in_as is None:
        print("say who you are: --as OPERATOR", file=sys.stderr)
        return 2
    site = site_of(chosen.stage)
    if site is None:
        return 2
    password = getpass.getpass(f"password of {chosen.signed_in_as}: ")
    code = input("code of the authenticator app (empty without one): ").strip() or None
    try:
        token = operator_calls.sign_in(f"{site}/api", chosen.signed_in_as, password, code)
    except CallRefused as refused:
        print(str(refused), file=sys.stderr)
        return 2
    return _end(f"{site}/api", token, chosen)


def _in_stack(state: StateDirectory, chosen: argparse.Namespace) -> int:
    contract = json.loads((state.path / "state.json").read_text())
    tokens = {user["username"]: user["access_token"] for user in contract["users"]}
    status = _end(contract["api_url"], tokens[OPERATOR], chosen)
    if status == 0 and chosen.action == "remove":
        AccountBook(state.accounts).drop(chosen.username)
    return status


def _end(api_url: str, access_token: str, chosen: argparse.Namespace) -> int:
    action, name = chosen.action, chosen.username
    try:
        operator_calls.end(api_url, access_token, action, name, keep_positions=chosen.keep_positions)
    except CallRefused as refused:
        print(f"{name}: {refused}", file=sys.stderr)
        return 2
    print(f"{name}: {action}d")
    return 0


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
