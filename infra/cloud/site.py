"""One origin: CloudFront serves the page from its bucket and passes `/api/*` and `/mcp` on, uncached."""

from typing import Final

from infra.cloud.buckets import PAGE
from infra.cloud.formation import Node, Resources, attribute, joined, ref, resource, sub
from infra.cloud.functions import EXPORTS
from infra.cloud.stage import Stage
from infra.page_headers import CALLS_ALSO, CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY

#: AWS' own managed policies (CloudFront developer guide, "Use managed cache policies", "… origin request …").
_CACHING_OPTIMIZED: Final = "658327ea-f89d-4fab-a63d-7e88639e58f6"
_CACHING_DISABLED: Final = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
_ALL_VIEWER_EXCEPT_HOST: Final = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
_PAGE_ORIGIN, _API_ORIGIN = "page", "api"
_TWO_YEARS: Final = 2 * 365 * 24 * 3600
_ALL_METHODS: Final = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
#: Above the longest call of 29 s, so that the gateway's own words come through.
_API_SECONDS: Final = 35


def site(stage: Stage, api_stage: str) -> Resources:
    """Return the distribution, who reads the bucket, and the page's security headers."""
    return {
        "PageAccess": resource(
            "AWS::CloudFront::OriginAccessControl",
            {
                "OriginAccessControlConfig": {
                    "Name": _account_wide(stage),
                    "OriginAccessControlOriginType": "s3",
                    "SigningBehavior": "always",
                    "SigningProtocol": "sigv4",
                }
            },
        ),
        "PageHeaders": _headers(stage),
        "Site": resource("AWS::CloudFront::Distribution", {"DistributionConfig": _site(stage, api_stage)}),
    }


def _account_wide(stage: Stage) -> str:
    """Name what CloudFront has once in an account, so that a stage of one name can be in two regions."""
    return f"{stage.stack_name}-{stage.region}-page"


def _content_policy(stage: Stage) -> Node:
    """Return the page's policy; a presigned link names the bucket by either of its two names."""
    names = (attribute(EXPORTS, "DomainName"), attribute(EXPORTS, "RegionalDomainName"))
    origins = [part for name in names for part in (" https://", name)]
    streams = [] if stage.coin_stream_url == "none" else [f" {stage.coin_stream_url}"]
    return joined(f"{CONTENT_SECURITY_POLICY}{CALLS_ALSO}", *origins, *streams)


def _headers(stage: Stage) -> Node:
    security = {
        "ContentSecurityPolicy": {"ContentSecurityPolicy": _content_policy(stage), "Override": True},
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"FrameOption": "DENY", "Override": True},
        "ReferrerPolicy": {"ReferrerPolicy": "same-origin", "Override": True},
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": _TWO_YEARS,
            "IncludeSubdomains": True,
            "Override": True,
        },
    }
    custom = [
        {"Header": "Permissions-Policy", "Value": PERMISSIONS_POLICY, "Override": True},
        {"Header": "Cross-Origin-Opener-Policy", "Value": "same-origin", "Override": True},
    ]
    return resource(
        "AWS::CloudFront::ResponseHeadersPolicy",
        {
            "ResponseHeadersPolicyConfig": {
                "Name": _account_wide(stage),
                "SecurityHeadersConfig": security,
                "CustomHeadersConfig": {"Items": custom},
            }
        },
    )


def _site(stage: Stage, api_stage: str) -> Node:
    named: dict[str, Node] = {}
    if stage.domain is not None:
        named = {
            "Aliases": [stage.domain],
            "ViewerCertificate": {
                "AcmCertificateArn": stage.certificate_arn,
                "SslSupportMethod": "sni-only",
                "MinimumProtocolVersion": "TLSv1.2_2021",
            },
        }
    return {
        "Enabled": True,
        "Comment": stage.stack_name,
        "DefaultRootObject": "index.html",
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "PriceClass": "PriceClass_100",
        "Origins": [_page_origin(), _api_origin(api_stage)],
        "DefaultCacheBehavior": {
            "TargetOriginId": _PAGE_ORIGIN,
            "ViewerProtocolPolicy": "redirect-to-https",
            "AllowedMethods": ["GET", "HEAD"],
            "CachePolicyId": _CACHING_OPTIMIZED,
            "ResponseHeadersPolicyId": ref("PageHeaders"),
            "Compress": True,
        },
        "CacheBehaviors": [_passed_on("/api/*"), _passed_on("/mcp")],
        **named,
    }


def _page_origin() -> Node:
    return {
        "Id": _PAGE_ORIGIN,
        "DomainName": attribute(PAGE, "RegionalDomainName"),
        "OriginAccessControlId": ref("PageAccess"),
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }


def _api_origin(api_stage: str) -> Node:
    """Point at the REST API; its stage is the origin's path, so that it does not show."""
    return {
        "Id": _API_ORIGIN,
        "DomainName": sub("${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"),
        "OriginPath": f"/{api_stage}",
        "CustomOriginConfig": {
            "OriginProtocolPolicy": "https-only",
            "OriginSSLProtocols": ["TLSv1.2"],
            "OriginReadTimeout": _API_SECONDS,
        },
    }


def _passed_on(path: str) -> Node:
    return {
        "PathPattern": path,
        "TargetOriginId": _API_ORIGIN,
        "ViewerProtocolPolicy": "https-only",
        "AllowedMethods": _ALL_METHODS,
        "CachePolicyId": _CACHING_DISABLED,
        "OriginRequestPolicyId": _ALL_VIEWER_EXCEPT_HOST,
        "Compress": True,
    }
