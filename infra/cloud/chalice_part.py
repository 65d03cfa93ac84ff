"""The template as Chalice makes it, by its own generator, without building its deployment package.

Chalice puts all that it depends on itself into that package; ours (`infra.cloud.package`) is half the size.
"""

import importlib
import sys
from pathlib import Path
from typing import Final

from chalice import __version__ as chalice_version
from chalice.awsclient import TypedAWSClient
from chalice.config import Config
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BaseDeployStep, BuildStage, InjectDefaults, SwaggerBuilder
from chalice.deploy.models import DeploymentPackage
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import PackageOptions, ResourceBuilder, SAMTemplateGenerator

from infra.cloud.formation import Node
from infra.cloud.stage import Stage

ROOT: Final = Path(__file__).resolve().parents[2]
RUNTIME: Final = "python3.13"
API_STAGE: Final = "api"
PACKAGE: Final = "./deployment.zip"


class _NoPackage(BaseDeployStep):
    """A build step that names the package instead of making it."""

    def handle(self, config: Config, resource: object) -> None:
        """Fill in the package's name where Chalice left it open."""
        del config
        if isinstance(resource, DeploymentPackage):
            resource.filename = PACKAGE


class _Words(PackageOptions):
    """Service principals of the public partition; asking AWS for them would need an account."""

    def __init__(self) -> None:
        super().__init__(client=TypedAWSClient.__new__(TypedAWSClient))

    def service_principal(self, service: str) -> str:
        return f"{service}.amazonaws.com"


def chalice_template(stage: Stage) -> Node:
    """Return the SAM template of the API and of every registered function."""
    sys.modules.pop("app", None)
    app = importlib.import_module("app").app
    config = Config.create(
        chalice_app=app,
        app_name="papertape",
        project_dir=str(ROOT),
        chalice_stage=API_STAGE,
        api_gateway_stage=API_STAGE,
        api_gateway_endpoint_type="REGIONAL",
        minimum_compression_size=1400,
        manage_iam_role=False,
        iam_role_arn="set below by function",
        lambda_architecture=stage.architecture.value,
        lambda_python_version=RUNTIME,
        generated_by=f"chalice {chalice_version}",
    )
    build = BuildStage(steps=[InjectDefaults(), _NoPackage(), SwaggerBuilder(CFNSwaggerGenerator())])
    builder = ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), build)
    resources = builder.construct_resources(config, API_STAGE)
    return SAMTemplateGenerator(config, _Words()).generate(resources)
