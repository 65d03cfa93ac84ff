"""Private buckets: the page, exports that live a day, backups that keep their versions, loaded histories."""

from typing import Final

from chalicelib.store.files.backup_format import PREFIX
from infra.cloud.formation import Node, Resources, arn, joined, policy, ref, resource
from infra.cloud.functions import BACKUPS, EXPORTS, HISTORIES

PAGE: Final = "Page"
BACKUP_DAYS: Final = 35


def buckets() -> Resources:
    """Return the buckets and the policies that keep them private."""
    found = {
        PAGE: _bucket({}, keep=False),
        EXPORTS: _bucket(
            {"LifecycleConfiguration": _expires(1), "CorsConfiguration": _read_by_the_page()}, keep=False
        ),
        BACKUPS: _bucket(
            {
                "VersioningConfiguration": {"Status": "Enabled"},
                "LifecycleConfiguration": {
                    "Rules": [
                        {
                            "Id": "keeps-five-weeks",
                            # Beside them lie files of what the database let go of, which stay.
                            "Prefix": PREFIX,
                            "Status": "Enabled",
                            "ExpirationInDays": BACKUP_DAYS,
                            "NoncurrentVersionExpiration": {"NoncurrentDays": BACKUP_DAYS},
                            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                        }
                    ]
                },
            },
            keep=True,
        ),
        HISTORIES: _bucket({}, keep=True),
    }
    readers = {PAGE: [_read_by_the_distribution()]}
    for name in (PAGE, EXPORTS, BACKUPS, HISTORIES):
        statements = [_only_over_tls(name), *readers.get(name, [])]
        found[f"{name}Policy"] = resource(
            "AWS::S3::BucketPolicy", {"Bucket": ref(name), "PolicyDocument": policy(*statements)}
        )
    return found


def _bucket(more: Node, *, keep: bool) -> Node:
    # What a creation made that then failed is empty: only what was in use is kept.
    retention = "RetainExceptOnCreate" if keep else "Delete"
    return resource(
        "AWS::S3::Bucket",
        {
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
                ]
            },
            **more,
        },
        DeletionPolicy=retention,
        UpdateReplacePolicy="Retain" if keep else "Delete",
    )


def _read_by_the_page() -> Node:
    """Let the page follow an export's link: its signature is all the right there is."""
    return {"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"], "MaxAge": 300}]}


def _expires(days: int) -> Node:
    rule = {
        "Id": "expires",
        "Status": "Enabled",
        "ExpirationInDays": days,
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    return {"Rules": [rule]}


def _only_over_tls(bucket: str) -> Node:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn(bucket), joined(arn(bucket), "/*")],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _read_by_the_distribution() -> Node:
    """Let CloudFront read the page; with the right to list, a missing file is a 404 and no 403."""
    distribution = joined(
        "arn:", ref("AWS::Partition"), ":cloudfront::", ref("AWS::AccountId"), ":distribution/", ref("Site")
    )
    return {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [arn(PAGE), joined(arn(PAGE), "/*")],
        "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
    }
