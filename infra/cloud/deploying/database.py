"""The stage's database: migrated by its owner, its roles' passwords made here and kept in secrets alone."""

import base64
import json
import os
import secrets
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from chalicelib.jobs.rotate_keys import without_unused
from chalicelib.security.secret_settings import KEY_RING
from infra.cloud.deploying.aws import Clients, DeploymentFailed
from infra.cloud.functions import APP_DATABASE, BACKUP_DATABASE, JOBS_DATABASE, VENDOR_TOKENS
from infra.cloud.package import ROOTS_IN_FUNCTIONS
from infra.cloud.stage import Stage
from infra.local.database.migrate import migrate

#: libpq's mode that checks the certificate and the name in it; `require` takes any certificate.
_VERIFIED: Final = "verify-full"
APP_ROLE, JOBS_ROLE = "papertape_app", "papertape_jobs"
#: (secret, setting in it, role)
_ROLES: Final = (
    (APP_DATABASE, "DATABASE_URL_APP", APP_ROLE),
    (JOBS_DATABASE, "DATABASE_URL_JOBS", JOBS_ROLE),
    (BACKUP_DATABASE, "DATABASE_URL_BACKUP", "papertape_backup"),
)


def verified(owner_url: str, *, own_roots: str | None = None) -> str:
    """Return the connection string as one that only takes the server it names: TLS, checked to the root.

    `own_roots` is a file of roots for a server that no public authority vouches for. Raises
    DeploymentFailed for a string that asks for less.
    """
    parts = urlsplit(owner_url)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    mode = asked.get("sslmode", _VERIFIED)
    if mode != _VERIFIED:
        raise DeploymentFailed(
            f"sslmode={mode} takes any server for the database; leave it out, or say sslmode={_VERIFIED}"
        )
    asked |= {"sslmode": _VERIFIED, "sslrootcert": own_roots or asked.get("sslrootcert", "system")}
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(asked, safe="/"), ""))


def role_url(owner_url: str, role: str, password: str, *, own_roots: str | None = None) -> str:
    """Return a role's connection string: the owner's with another name, over verified TLS.

    Raises as `verified` does, and for roots that lie on this machine alone.
    """
    parts = urlsplit(verified(owner_url, own_roots=own_roots))
    roots = dict(parse_qsl(parts.query))["sslrootcert"]
    if roots not in {"system", own_roots}:
        raise DeploymentFailed(
            f"functions cannot read {roots}: name it as database_roots in the stage's file"
        )
    place = parts.netloc.rpartition("@")[2]
    netloc = f"{role}:{quote(password, safe='')}@{place}"
    return urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))


def trust_public_roots() -> None:
    """Let libpq's `sslrootcert=system` find roots: the driver's OpenSSL looks where no machine has any."""
    import certifi

    os.environ.setdefault("SSL_CERT_FILE", certifi.where())


def migrate_stage(owner_url: str, passwords: Mapping[str, str], *, own_roots: str | None = None) -> None:
    """Bring the schema to this release's, set the roles' passwords, refuse unsafe roles (A-10)."""
    trust_public_roots()
    owner_url = verified(owner_url, own_roots=own_roots)
    migrate(owner_url, role_passwords=dict(passwords))
    _set_passwords(owner_url, passwords)
    unsafe = unsafe_roles(owner_url)
    if unsafe:
        raise DeploymentFailed(f"these roles could look past row security: {', '.join(unsafe)}")


def _set_passwords(owner_url: str, passwords: Mapping[str, str]) -> None:
    """Set the roles' passwords: SQL has no parameters here, so the driver quotes names and texts."""
    with psycopg.connect(owner_url) as connection:
        for role, password in passwords.items():
            statement = sql.SQL("alter role {} password {}").format(
                sql.Identifier(role), sql.Literal(password)
            )
            connection.execute(statement)


def unsafe_roles(owner_url: str) -> list[str]:
    """Return which of our roles is superuser, may bypass row security, or owns a table."""
    query = (
        "select rolname from pg_roles r where rolname = any(%s) and (rolsuper or rolbypassrls or exists "
        "(select from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p')))"
    )
    with psycopg.connect(owner_url) as connection:
        found = [str(row[0]) for row in connection.execute(query, [[APP_ROLE, JOBS_ROLE]])]
    return sorted(found)


#: Columns of sealed texts are named so, whoever adds one: a key is not dropped for want of a line here.
_SEALED_COLUMNS: Final = r"""
    select table_name, column_name from information_schema.columns
    where table_schema = 'public' and column_name ~ '(^|_)sealed$' and data_type = 'text'
"""
#: And the sealed texts within JSON: channels' targets, kept answers.
_SEALED_IN_JSON: Final = r"""
    select channel ->> 'sealed_target' from user_settings, jsonb_array_elements(alert_channels) as channel
    union all select body #>> '{}' from idempotency_keys
    union all select found[1] from idempotency_keys, regexp_matches(body::text, '"(v1\.[^"]*)"', 'g') as found
"""


def keys_in_use(owner_url: str) -> set[str]:
    """Return the ids of the sealing keys that anything stored names, as the database's owner."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("select set_config('app.migration', 'on', true)")
        texts = [text for (text,) in connection.execute(_SEALED_IN_JSON)]
        for table, column in connection.execute(_SEALED_COLUMNS).fetchall():
            query = sql.SQL("select {} from {}").format(sql.Identifier(column), sql.Identifier(table))
            texts += [text for (text,) in connection.execute(query)]
    return {str(text).split(".")[1] for text in texts if str(text).startswith("v1.")}


class StageSecrets:
    """The stage's secret, a part under each label; it is there before the stack and outlives it."""

    def __init__(self, clients: Clients, stage: Stage) -> None:
        self._manager: Any = clients("secretsmanager")  # Any: as in `aws`
        self._id = stage.secret_name
        self._own_roots = None if stage.database_roots is None else ROOTS_IN_FUNCTIONS

    def prepare(self) -> None:
        """Make the secret, its sealing keys first: they are made once and never overwritten.

        One that an earlier stage of this name left behind is taken over, also out of its time of deletion:
        what was sealed by its keys lies in the database still.
        """
        try:
            found = self._manager.describe_secret(SecretId=self._id)
        except self._manager.exceptions.ResourceNotFoundException:
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            self._manager.create_secret(
                Name=self._id, Description="papertape: a part under each label", SecretString=f"k1:{key}"
            )
            return
        if found.get("DeletedDate") is not None:
            self._manager.restore_secret(SecretId=self._id)

    def sealing_keys(self) -> str | None:
        """Return the keys that open what the stage's rows hold sealed, None where it has none."""
        return self._read(KEY_RING)

    def drop_unused_keys(self, named: Collection[str]) -> int:
        """Take out the sealing keys older than the one that seals that are not named; returns how many."""
        present = self._read(KEY_RING)
        if present is None:
            return 0
        kept = without_unused(present, named)
        if kept != present:
            self._manager.put_secret_value(SecretId=self._id, SecretString=kept)
        return present.count(",") - kept.count(",")

    def passwords(self) -> dict[str, str]:
        """Return each role's password: the one that is kept, a new one at the first deployment."""
        found = {}
        for label, setting, role in _ROLES:
            kept = self._read(label)
            url = json.loads(kept).get(setting) if kept else None
            found[role] = (urlsplit(url).password if url else None) or secrets.token_urlsafe(32)
        return found

    def fill(self, owner_url: str, passwords: Mapping[str, str], tokens: Mapping[str, str]) -> None:
        """Write what is missing or has changed."""
        for label, setting, role in _ROLES:
            self._write(
                label,
                json.dumps({setting: role_url(owner_url, role, passwords[role], own_roots=self._own_roots)}),
            )
        kept = json.loads(self._read(VENDOR_TOKENS) or "{}")
        self._write(VENDOR_TOKENS, json.dumps({**kept, **tokens}))

    def _read(self, label: str) -> str | None:
        try:
            value = self._manager.get_secret_value(SecretId=self._id, VersionStage=label)
        except self._manager.exceptions.ResourceNotFoundException:
            return None
        return str(value["SecretString"])

    def _write(self, label: str, text: str) -> None:
        if text != self._read(label):
            self._manager.put_secret_value(SecretId=self._id, SecretString=text, VersionStages=[label])
