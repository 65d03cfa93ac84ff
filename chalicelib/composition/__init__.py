"""The composition root: the only place that reads the environment and builds adapters from configuration."""

from chalicelib.composition.containers import Container
from chalicelib.composition.process import container, install, rotate_sealing_keys

__all__ = ["Container", "container", "install", "rotate_sealing_keys"]
