"""What the template says: held by the official linter and by the rules of our own security model."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from chalicelib.api.problems import CONTENT_TYPE
from chalicelib.domain.clocks.jobs import JOB_NAMES, JOBS
from infra.cloud.alarms import alarms
from infra.cloud.deploying.deploy import TOKENS
from infra.cloud.functions import UnknownRegion, functions, secrets_extension, settings_of
from infra.cloud.stage import Architecture, BadStage, Stage
from infra.cloud.template import build_template
from infra.page_headers import CONTENT_SECURITY_POLICY
from tests.cloud.conftest import STAGE, Template

pytestmark = pytest.mark.slow

#: aws.amazon.com/cloudwatch/pricing: alarms of standard resolution in the free tier.
ALARMS_FREE: Final = 10
ACCEPTED: Final = Path(__file__).resolve().parents[2] / "infra" / "cloud" / "checkov.yaml"


def _of_type(template: Template, kind: str) -> dict[str, Any]:  # Any: JSON of any depth
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


@pytest.mark.parametrize(
    "stage",
    [
        STAGE,
        Stage(name="small"),
        Stage(
            name="named",
            region="eu-central-1",
            architecture=Architecture.INTEL,
            domain="papertape.example.com",
            certificate_arn="arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
            orats_monthly_quota=20_000,
        ),
    ],
    ids=lambda stage: stage.name,
)
def test_the_linter_finds_nothing(stage: Stage, tmp_path: Path) -> None:
    """cfn-lint, with the transform's own rules, for every kind of stage."""
    path = tmp_path / "template.json"
    path.write_text(json.dumps(build_template(stage)))
    command = [str(Path(sys.executable).parent / "cfn-lint"), "--regions", stage.region, "-t", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "")


CHECKOV: Final = shutil.which("checkov")


@pytest.mark.skipif(
    CHECKOV is None,
    reason="checkov is not on the path: it pins a boto3 of its own, so it has an environment of its own",
)
def test_checkov_finds_nothing_that_is_not_accepted_with_a_reason(template: Template, tmp_path: Path) -> None:
    """infra/cloud/checkov.yaml lists what we do without, and why; the workflow runs it on each push."""
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    command = [str(CHECKOV), "-f", str(path), "--config-file", str(ACCEPTED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_job_has_a_function_with_a_role_of_its_own(template: Template) -> None:
    """Least privilege: no two functions share a role, and none is forgotten."""
    made = _of_type(template, "AWS::Serverless::Function")
    sign_in = made.pop("SignInHandler")
    assert sign_in["Properties"]["Role"] == made["APIHandler"]["Properties"]["Role"], (
        "it is the API once more"
    )
    roles = [one["Properties"]["Role"]["Fn::GetAtt"][0] for one in made.values()]

    assert {function.name for function in functions()} >= JOB_NAMES
    assert len(made) == len(functions()) == len(set(roles))


def test_no_role_may_do_all_or_touch_all(template: Template) -> None:
    """No `*` action, no `service:*`, and no `*` resource in any policy of ours."""
    statements = [
        statement
        for role in _of_type(template, "AWS::IAM::Role").values()
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    assert statements
    assert [one for one in statements if any("*" in action for action in one["Action"])] == []
    assert [one for one in statements if "*" in one["Resource"]] == []


#: architecture.md, In the cloud, and S19: who needs what of the stage's secret, and nobody anything else.
ASKS_VENDORS: Final = frozenset({"database-jobs", "vendor-tokens"})
JOBS_ALONE: Final = frozenset({"database-jobs"})
#: Coins have public prices, and accounts at an exchange whose keys are sealed.
OPENS_KEYS: Final = frozenset({"database-jobs", "AWSCURRENT"})
COPIES_ALL: Final = frozenset({"database-jobs", "database-backup"})
OPENS_TOKENS: Final = frozenset({"database-jobs", "AWSCURRENT", "vendor-tokens"})
READABLE: Final = {
    "APIHandlerRole": {"database-app", "AWSCURRENT", "vendor-tokens"},
    **dict.fromkeys(
        (
            *("SyncRole", "SnapshotRole", "BookendRole", "ContextRole"),
            *("AiChangeRole", "DecideRole"),
            *("DeskExitsRole", "DeskReconcileRole", "DeskScanRole", "KillSwitchRole", "RiskBookRole"),
        ),
        OPENS_TOKENS,
    ),
    **dict.fromkeys(
        ("PremarketRole", "ExpireRole", "IvHistoryRole", "UnwindRole", "AlertRole"), OPENS_TOKENS
    ),
    **dict.fromkeys(("PlanRole", "SummaryRole", "DeskSummaryRole", "ThinRole"), JOBS_ALONE),
    **dict.fromkeys(("CryptoTickRole", "CryptoReconcileRole"), OPENS_KEYS),
    "CandleCloseRole": JOBS_ALONE,
    **dict.fromkeys(("AiDigestRole", "AiDailyRowsRole", "BacktestRole"), JOBS_ALONE),
    **dict.fromkeys(("ForensicsRole", "AiReplayRole"), ASKS_VENDORS),
    **dict.fromkeys(("BackupRole", "AgainRole"), COPIES_ALL),
    "RotateRole": {"AWSCURRENT", "AWSPENDING"},
}


def test_a_function_reads_the_parts_of_the_secret_that_it_needs_and_no_other(template: Template) -> None:
    """A-12, I-29: sealing keys only where a token is opened; roles do not see each other's connection."""
    readable: dict[str, set[str]] = {}
    for name, role in _of_type(template, "AWS::IAM::Role").items():
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if "secretsmanager:GetSecretValue" in statement["Action"]:
                    labels = statement["Condition"]["StringEquals"]["secretsmanager:VersionStage"]
                    readable.setdefault(name, set()).update(labels)
                    assert "secret:papertape/prod-??????" in statement["Resource"][0]["Fn::Sub"]

    assert readable == READABLE


def test_a_function_asks_for_what_its_role_may_read(template: Template) -> None:
    """The labels in a function's settings are those of its role: one more would fail every cold start."""
    for name, function in _of_type(template, "AWS::Serverless::Function").items():
        variables = function["Properties"]["Environment"]["Variables"]
        asked = set(variables["SECRET_LABELS"].split(","))
        role = function["Properties"]["Role"]["Fn::GetAtt"][0]
        assert asked == READABLE[role] - {"AWSPENDING"}, name
        assert variables["SECRET_ID"] == "papertape/prod"


AGAIN_BY_ANOTHER: Final = frozenset({"premarket", "unwind", "expire", "forensics"})


def test_a_job_that_opens_tokens_comes_again_where_the_keys_are(template: Template) -> None:
    """A failed `unwind` must close at the broker the second time too, whoever takes its message."""
    settings = template["Resources"]["Unwind"]["Properties"]["Environment"]["Variables"]
    parts = settings["JOB_QUEUES"]["Fn::Join"][1]
    queues = {
        str(text).strip('{},:"'): parts[index + 1]["Ref"]
        for index, text in enumerate(parts)
        if isinstance(text, str) and text.endswith(':"')
    }
    fed = {
        one["Properties"]["EventSourceArn"]["Fn::GetAtt"][0]: one["Properties"]["FunctionName"]["Fn::GetAtt"][
            0
        ]
        for one in _of_type(template, "AWS::Lambda::EventSourceMapping").values()
    }

    for job, queue in queues.items():
        needed = {"database-jobs", "AWSCURRENT"} if job in AGAIN_BY_ANOTHER else JOBS_ALONE
        assert needed <= READABLE[f"{fed[queue]}Role"], job
        timeout = template["Resources"][fed[queue]]["Properties"]["Timeout"]
        assert job not in JOBS or timeout >= JOBS[job].timeout_seconds, job
    assert queues.keys() >= {"sync", "alert", *AGAIN_BY_ANOTHER, "again"}
    assert len(fed) == 8, "an idle queue is polled all month, and paid for"


def test_no_secret_stands_in_the_template(template: Template) -> None:
    """Secrets are made empty; nothing that looks like one is in an environment variable."""
    text = json.dumps(template)

    assert "SecretString" not in text
    assert re.search(r"postgres(ql)?://", text) is None


def test_functions_are_run_once_by_lambda_and_have_no_network_of_their_own(template: Template) -> None:
    """architecture.md: functions' own retries 0, no VPC by default."""
    for name, function in _of_type(template, "AWS::Serverless::Function").items():
        properties = function["Properties"]
        assert "VpcConfig" not in properties
        is_asked = name in {"APIHandler", "SignInHandler"}
        assert ("ReservedConcurrentExecutions" in properties) == is_asked
        if not is_asked:
            assert properties["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_sign_in_has_slots_and_a_throttle_of_its_own(template: Template) -> None:
    """api.md, Time: whoever tries names and passwords takes no slot from a close."""
    resources = template["Resources"]
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    limits = {
        one["ResourcePath"]: one["ThrottlingRateLimit"]
        for one in resources["RestAPI"]["Properties"]["MethodSettings"]
    }
    served_by = {
        path: {
            "SignInHandler" if "SignInHandler" in json.dumps(method) else "APIHandler"
            for method in methods.values()
        }
        for path, methods in paths.items()
    }

    assert {path for path, by in served_by.items() if by == {"SignInHandler"}} == {
        "/api/session",
        "/api/session/refresh",
    }
    assert resources["SignInHandler"]["Properties"]["ReservedConcurrentExecutions"] == 2
    assert limits["/~1api~1session"] == limits["/~1api~1session~1refresh"] == 5
    permission = resources["SignInHandlerInvokePermission"]["Properties"]
    assert permission["FunctionName"] == {"Ref": "SignInHandler"}


def test_the_gateway_refuses_as_the_api_does(template: Template) -> None:
    """api.md, Errors: problem+json for what the gateway answers itself, 404 for an unknown path."""
    body = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    answers = body["x-amazon-apigateway-gateway-responses"]

    assert answers["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == "404"
    assert answers["THROTTLED"]["statusCode"] == "429"
    assert answers["REQUEST_TOO_LARGE"]["statusCode"] == "413"
    for answer in answers.values():
        assert answer["responseParameters"]["gatewayresponse.header.Content-Type"] == f"'{CONTENT_TYPE}'"
        assert json.loads(answer["responseTemplates"]["application/json"])["status"] == int(
            answer["statusCode"]
        )


def test_one_origin_serves_the_page_and_passes_the_api_on_uncached(template: Template) -> None:
    """architecture.md, In the cloud: no CORS, security headers on the page, `/api/*` and `/mcp` uncached."""
    site = template["Resources"]["Site"]["Properties"]["DistributionConfig"]
    passed = {one["PathPattern"]: one for one in site["CacheBehaviors"]}
    headers = template["Resources"]["PageHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]
    security = headers["SecurityHeadersConfig"]

    assert passed.keys() == {"/api/*", "/mcp"}
    assert {one["TargetOriginId"] for one in passed.values()} == {"api"}
    assert {one["ViewerProtocolPolicy"] for one in passed.values()} == {"https-only"}
    policy = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]["Fn::Join"][1]
    assert policy[0] == f"{CONTENT_SECURITY_POLICY}; connect-src 'self'"
    assert [part for part in policy[1:] if isinstance(part, dict)] == [
        {"Fn::GetAtt": ["Exports", "DomainName"]},
        {"Fn::GetAtt": ["Exports", "RegionalDomainName"]},
    ]
    # C-10: prices are pushed to the page by one host, and by no other.
    assert [part.strip() for part in policy if "wss:" in str(part)] == ["wss://data-stream.binance.vision"]
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000


def test_buckets_are_private_encrypted_and_reached_over_tls_alone(template: Template) -> None:
    """architecture.md, In the cloud: CloudFront reads the page by origin access control, nobody else."""
    policies = {
        one["Properties"]["Bucket"]["Ref"]: one["Properties"]["PolicyDocument"]["Statement"]
        for one in _of_type(template, "AWS::S3::BucketPolicy").values()
    }
    for name, bucket in _of_type(template, "AWS::S3::Bucket").items():
        properties = bucket["Properties"]
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        assert "BucketEncryption" in properties
        assert policies[name][0]["Effect"] == "Deny"
        allowed = [one for one in policies[name] if one["Effect"] == "Allow"]
        assert all(one["Principal"] == {"Service": "cloudfront.amazonaws.com"} for one in allowed)
        assert all("AWS:SourceArn" in one["Condition"]["StringEquals"] for one in allowed)


def test_accounts_are_the_operators_to_make(template: Template) -> None:
    """A-10: self sign-up is off; A-17: a second factor by app is optional."""
    pool = template["Resources"]["UserPool"]["Properties"]

    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("OPTIONAL", ["SOFTWARE_TOKEN_MFA"])
    assert template["Resources"]["UserPoolClient"]["Properties"]["PreventUserExistenceErrors"] == "ENABLED"


def test_backups_keep_their_versions_and_go_after_five_weeks(template: Template) -> None:
    """A-16."""
    backups = template["Resources"]["Backups"]["Properties"]

    assert backups["VersioningConfiguration"] == {"Status": "Enabled"}
    assert backups["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"] == 35


def test_what_cannot_be_made_again_outlives_the_stack(template: Template) -> None:
    """Backups, secrets and accounts stay when a stage is taken down."""
    resources = template["Resources"]
    kept = {name for name, one in resources.items() if "Retain" in one.get("DeletionPolicy", "")}

    assert kept == {"Backups", "Histories", "UserPool"}
    assert all(resources[name]["UpdateReplacePolicy"] == "Retain" for name in kept)
    assert _of_type(template, "AWS::SecretsManager::Secret") == {}, "the secret is not the stack's to delete"


def test_a_creation_that_failed_leaves_nothing_in_the_way_of_the_next(template: Template) -> None:
    """What outlives a stack has no name of its own, so that the next creation cannot meet it."""
    resources = template["Resources"]

    assert resources["Backups"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert "BucketName" not in resources["Backups"]["Properties"]


def test_a_stage_of_one_name_can_be_in_two_regions() -> None:
    """CloudFront's and Budgets' names are an account's, not a region's."""
    for kind, place in (
        ("AWS::CloudFront::OriginAccessControl", ("OriginAccessControlConfig", "Name")),
        ("AWS::CloudFront::ResponseHeadersPolicy", ("ResponseHeadersPolicyConfig", "Name")),
        ("AWS::Budgets::Budget", ("Budget", "BudgetName")),
    ):
        names = set()
        for region in ("us-east-1", "eu-central-1"):
            built = build_template(Stage(name="prod", region=region, alarm_mail="ops@example.com"))
            for one in _of_type(built, kind).values():
                name = one["Properties"][place[0]][place[1]]
                names.add(
                    name if isinstance(name, str) else name["Fn::Sub"].replace("${AWS::Region}", region)
                )
        assert len(names) == 2, kind


def test_a_budget_that_tells_somebody_else_is_another_budget() -> None:
    """CloudFormation makes the new one before it deletes the old, and a name is given once."""
    told = [
        Stage(name="prod", alarm_mail=mail) for mail in ("a@example.com", "b@example.com", "a@example.com")
    ]
    names = [alarms(stage)["Budget"]["Properties"]["Budget"]["BudgetName"]["Fn::Sub"] for stage in told]

    assert names[0] == names[2] != names[1]


def test_every_alarm_points_to_its_entry_in_the_runbook(template: Template) -> None:
    """A-17: an alarm says what it means and where it stands what to do."""
    runbook = (Path(__file__).resolve().parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
    anchors = {
        one["Properties"]["AlarmDescription"].rpartition("#")[2]
        for one in _of_type(template, "AWS::CloudWatch::Alarm").values()
    }

    assert anchors >= {"dead-letters", "api-failing", "clock-silent", "sync-errors", "sync-waiting"}
    assert len(anchors) <= ALARMS_FREE
    assert {anchor for anchor in anchors if f'<a id="{anchor}"></a>' not in runbook} == set()


def test_a_stage_that_makes_no_sense_is_refused() -> None:
    """Bad names, half a domain, a region without the secrets extension."""
    with pytest.raises(BadStage, match="1 to 20"):
        Stage(name="Prod!")
    with pytest.raises(BadStage, match="job_concurrency is 2 or more"):
        Stage(name="prod", job_concurrency=1)
    with pytest.raises(BadStage, match="api_concurrency"):
        Stage(name="prod", api_concurrency=-1)
    with pytest.raises(BadStage, match="coin_stream_url"):
        Stage(name="prod", coin_stream_url="wss://a.example; script-src *")
    with pytest.raises(BadStage, match="MODEL_PRICES"):
        Stage(name="prod", model_prices="cheap")
    with pytest.raises(BadStage, match="certificate"):
        Stage(name="prod", domain="papertape.example.com")
    with pytest.raises(UnknownRegion, match="mars-1"):
        secrets_extension(Stage(name="prod", region="mars-1"))


def test_functions_are_told_of_the_model_that_was_chosen() -> None:
    """C-02: its exact name and prices are settings; its key is among the vendors' tokens."""
    stage = Stage(name="prod", model_name="openai/gpt-4o-2024-08-06", model_provider_options=False)
    (api, *_) = functions()
    told = settings_of(api, stage)

    assert told["MODEL_NAME"] == "openai/gpt-4o-2024-08-06"
    assert told["MODEL_PROVIDER_OPTIONS"] == "false"
    assert "MODEL_PRICES" not in told
    assert "MODEL_KEY" in TOKENS
    assert not any(name.startswith("MODEL_") for name in settings_of(api, Stage(name="prod")))
