"""A deployment from nothing to a living stage, and one that dies and goes back (A-17)."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import boto3
import psycopg
import pytest
from moto import mock_aws

from infra.cloud.deploying.aws import Clients, DeploymentFailed
from infra.cloud.deploying.database import migrate_stage, role_url, unsafe_roles, verified
from infra.cloud.deploying.deploy import Deployment, carry_out
from infra.cloud.deploying.page_upload import cache_control, page_files, with_release
from infra.cloud.deploying.releases import Releases
from infra.cloud.deploying.smoke import Ask, Seen, smoke_test
from infra.cloud.deploying.stage_file import read_stage
from infra.cloud.package import ROOTS_IN_FUNCTIONS
from infra.cloud.stage import Architecture, BadStage, Stage
from infra.local.database.postgres import DatabaseUrls, temporary_cluster

pytestmark = pytest.mark.slow

STAGE: Final = Stage(name="test")
ROOT: Final = Path(__file__).resolve().parents[2]
PROBLEM: Final = {"content-type": "application/problem+json"}
#: What a deployment needs of a template, without what moto cannot hold.
TEMPLATE: Final[dict[str, Any]] = {
    "Resources": {
        "Page": {"Type": "AWS::S3::Bucket", "Properties": {}},
    },
    "Outputs": {
        "PageBucket": {"Value": {"Ref": "Page"}},
        "DistributionId": {"Value": "E123"},
        # The stage's domain has no CNAME yet at its first deployment; the distribution's own name answers.
        "SiteUrl": {"Value": "https://papertape.example.com"},
        "DistributionDomain": {"Value": "site.invalid"},
    },
}


class _WithOutputs:
    """moto's CloudFormation, which forgets the outputs of a stack that was made by a change set."""

    def __init__(self, formation: Any) -> None:  # Any: boto3 has no types
        self._formation = formation

    def __getattr__(self, name: str) -> Any:  # Any: as above
        return getattr(self._formation, name)

    def describe_stacks(self, *, StackName: str) -> Any:  # noqa: N803  # AWS' own name; Any: as above
        found = self._formation.describe_stacks(StackName=StackName)
        listed = self._formation.list_stack_resources(StackName=StackName)["StackResourceSummaries"]
        physical = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}
        outputs = [
            {"OutputKey": key, "OutputValue": _resolved(one["Value"], physical)}
            for key, one in TEMPLATE["Outputs"].items()
        ]
        found["Stacks"][0]["Outputs"] = outputs
        return found


def _resolved(value: Any, physical: Mapping[str, str]) -> str:  # Any: a text or a reference
    return str(physical.get(value["Ref"], "")) if isinstance(value, dict) else str(value)


@pytest.fixture(scope="module")
def owner_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database of an owner who is no superuser."""
    with temporary_cluster(tmp_path_factory.mktemp("postgres")) as cluster:
        urls: DatabaseUrls = cluster.create_database("papertape")
        yield urls.owner


@pytest.fixture
def clients() -> Iterator[Clients]:
    """An account with nothing in it but CloudFront's one distribution."""
    keys = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
    with mock_aws():
        session = boto3.session.Session(region_name=STAGE.region, **keys)
        made: dict[str, Any] = {}  # Any: boto3 has no types

        def client(service: str) -> Any:  # Any: as above
            if service not in made:
                plain = session.client(service)
                made[service] = _WithOutputs(plain) if service == "cloudformation" else plain
            return made[service]

        distribution = client("cloudfront").create_distribution(DistributionConfig=_DISTRIBUTION)
        TEMPLATE["Outputs"]["DistributionId"]["Value"] = distribution["Distribution"]["Id"]
        yield client


_DISTRIBUTION: Final[Mapping[str, Any]] = {  # Any: as CloudFront has it
    "CallerReference": "one",
    "Comment": "",
    "Enabled": True,
    "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "example.com"}]},
    "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
}


def _deployment(tmp_path: Path, release_id: str) -> Deployment:
    package = tmp_path / "deployment.zip"
    package.write_bytes(b"package of " + release_id.encode())
    page = with_release(page_files(ROOT / "static-site"), stage="test", release_id=release_id)
    return Deployment(stage=STAGE, release_id=release_id, template=TEMPLATE, package=package, page=page)


def _site(clients: Clients, *, api_status: int = 200) -> Callable[[str], Ask]:
    """A site that serves what lies in the page's bucket, and an API that answers so."""

    def at(site_url: str) -> Ask:
        assert site_url == "https://site.invalid"

        def ask(path: str) -> Seen:
            if path in {"/api/health", "/api/openapi.json"}:
                return Seen(status=api_status, headers={}, body=b"{}")
            if path.startswith("/api"):
                return Seen(status=401 if path == "/api/me" else 404, headers=PROBLEM, body=b"{}")
            return Seen(status=200, headers={"content-security-policy": "x"}, body=_file(clients, path))

        return ask

    return at


def _file(clients: Clients, path: str) -> bytes:
    s3 = clients("s3")
    (bucket,) = [one["Name"] for one in s3.list_buckets()["Buckets"] if "artifacts" not in one["Name"]]
    body: bytes = s3.get_object(Bucket=bucket, Key=path.lstrip("/") or "index.html")["Body"].read()
    return body


def _carry_out(
    clients: Clients, deployment: Deployment, owner_url: str, *, api_status: int = 200
) -> tuple[int, list[str]]:
    said: list[str] = []
    code = carry_out(
        deployment,
        clients,
        owner_url=owner_url,
        tokens={"ORATS_TOKEN": "orats-token"},
        agrees=lambda: True,
        ask_site=_site(clients, api_status=api_status),
        say=said.append,
    )
    return code, said


def _part(clients: Clients, label: str) -> str:
    manager = clients("secretsmanager")
    found = manager.get_secret_value(SecretId=STAGE.secret_name, VersionStage=label)
    return str(found["SecretString"])


def test_a_first_deployment_leaves_a_stage_that_lives(
    clients: Clients, owner_url: str, tmp_path: Path
) -> None:
    """A-17: one command; migrations before code, secrets filled, roles safe, the page of this release."""
    code, said = _carry_out(clients, _deployment(tmp_path, "one"), owner_url)

    app = json.loads(_part(clients, "database-app"))
    assert code == 0
    assert app["DATABASE_URL_APP"].startswith("postgresql://papertape_app:")
    assert "sslmode=verify-full&sslrootcert=system" in app["DATABASE_URL_APP"]
    assert _part(clients, "AWSCURRENT").startswith("k1:")
    assert json.loads(_part(clients, "vendor-tokens")) == {"ORATS_TOKEN": "orats-token"}
    assert json.loads(_file(clients, "/release.json")) == {"stage": "test", "release": "one"}
    assert unsafe_roles(owner_url) == []
    assert said.index("migrating the database …") < said.index("uploading the page …")
    assert "orats-token" not in "".join(said)


def test_a_second_deployment_keeps_passwords_and_sealing_keys(
    clients: Clients, owner_url: str, tmp_path: Path
) -> None:
    """What was sealed must open after any deployment; running functions must stay connected."""
    _carry_out(clients, _deployment(tmp_path, "one"), owner_url)
    labels = ("database-app", "database-jobs", "database-backup", "AWSCURRENT", "vendor-tokens")
    before = [_part(clients, label) for label in labels]

    _carry_out(clients, _deployment(tmp_path, "two"), owner_url)

    assert [_part(clients, label) for label in labels] == before
    current = Releases(clients, STAGE).current()
    assert current is not None
    assert current.id == "two"


def test_a_release_that_does_not_live_goes_back(clients: Clients, owner_url: str, tmp_path: Path) -> None:
    """The former page and code come back, and the command fails."""
    _carry_out(clients, _deployment(tmp_path, "one"), owner_url)

    with pytest.raises(DeploymentFailed, match="the API is alive"):
        _carry_out(clients, _deployment(tmp_path, "two"), owner_url, api_status=503)

    current = Releases(clients, STAGE).current()
    assert current is not None
    assert current.id == "one"
    assert json.loads(_file(clients, "/release.json"))["release"] == "one"
    distribution = TEMPLATE["Outputs"]["DistributionId"]["Value"]
    made = clients("cloudfront").list_invalidations(DistributionId=distribution)["InvalidationList"]
    references = [one["Id"] for one in made["Items"]]
    assert len(references) == 3, "a reference that was used before makes no invalidation"


def test_nothing_is_done_without_a_yes(clients: Clients, owner_url: str, tmp_path: Path) -> None:
    code = carry_out(
        _deployment(tmp_path, "one"),
        clients,
        owner_url=owner_url,
        tokens={},
        agrees=lambda: False,
        ask_site=_site(clients),
        say=lambda _line: None,
    )

    assert code == 2
    assert Releases(clients, STAGE).current() is None


def test_a_role_that_could_look_past_row_security_is_refused(owner_url: str) -> None:
    """A-10: deploy and migrate refuse to go on when a role owns a table."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("create table owned_by_the_application (x int)")
        me = connection.execute("select current_user").fetchone()
        assert me is not None
        connection.execute(f"grant papertape_app to {me[0]}")
        connection.execute("grant create on schema public to papertape_app")
        connection.execute("alter table owned_by_the_application owner to papertape_app")
    try:
        assert unsafe_roles(owner_url) == ["papertape_app"]
    finally:
        with psycopg.connect(owner_url) as connection:
            connection.execute("drop table owned_by_the_application")
            connection.execute("revoke create on schema public from papertape_app")


def test_a_roles_connection_string_is_the_owners_with_another_name_over_verified_tls() -> None:
    """S12: `require` takes any certificate, so that whoever sits between reads and changes everything."""
    url = role_url("postgresql://owner:old@ep-x.neon.tech:5432/db?channel_binding=require", "app", "a/b")

    assert url == (
        "postgresql://app:a%2Fb@ep-x.neon.tech:5432/db"
        "?channel_binding=require&sslmode=verify-full&sslrootcert=system"
    )


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca"])
def test_a_connection_string_that_takes_any_server_is_refused(mode: str) -> None:
    """Owner and roles alike, before anything is migrated."""
    url = f"postgresql://owner:x@db.example/papertape?sslmode={mode}"

    with pytest.raises(DeploymentFailed, match=f"sslmode={mode}"):
        role_url(url, "app", "x")
    with pytest.raises(DeploymentFailed, match=f"sslmode={mode}"):
        migrate_stage(url, {})


def test_a_database_of_ones_own_is_held_to_its_own_roots() -> None:
    """The owner's command reads the file, a function what was packed; a file here alone is refused."""
    own = role_url("postgresql://owner:x@db.example/db", "app", "x", own_roots=ROOTS_IN_FUNCTIONS)

    assert own.endswith("?sslmode=verify-full&sslrootcert=/var/task/database-roots.pem")
    assert verified("postgresql://o@db/d", own_roots="/me/ca.pem").endswith("sslrootcert=/me/ca.pem")
    with pytest.raises(DeploymentFailed, match="database_roots"):
        role_url("postgresql://owner:x@db.example/db?sslrootcert=/home/me/ca.pem", "app", "x")


def test_the_smoke_test_names_what_is_wrong() -> None:
    """Each question is told by what does not hold; a site that is not there fails them all."""

    def nobody(path: str) -> Seen:
        raise ConnectionRefusedError(path)

    wrong = smoke_test(nobody, "one")

    assert len(wrong) == 6
    assert all("ConnectionRefusedError" in one for one in wrong)


def test_browsers_ask_each_time_for_files_that_change_under_their_name() -> None:
    assert cache_control("index.html") == "no-cache"
    assert cache_control("js/main.js") == "no-cache"
    assert "immutable" in cache_control("vendor/preact-10.27.2.js")


def test_a_stage_file_is_read_and_its_mistakes_told(tmp_path: Path) -> None:
    """`stages/NAME.toml`; without one a stage has the defaults."""
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "good.toml").write_text('region = "eu-west-1"\narchitecture = "x86_64"\n')
    (tmp_path / "stages" / "bad.toml").write_text('colour = "blue"\n')

    assert read_stage("good", tmp_path) == Stage(
        name="good", region="eu-west-1", architecture=Architecture.INTEL
    )
    assert read_stage("plain", tmp_path) == Stage(name="plain")
    with pytest.raises(BadStage, match="colour"):
        read_stage("bad", tmp_path)
