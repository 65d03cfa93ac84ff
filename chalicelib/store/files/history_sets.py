"""Which sets of chains are loaded: their keys and manifests (B-12). Without arrays: a list costs no numpy.

history/<loader>/<set>/manifest.json        what a set of chains has and what was wrong with it
history/<loader>/<set>/<root>/<part>.npz    its parts

HistoryUnreadable   an object is damaged; raised beside ObjectsUnavailable of the bucket itself
"""

from typing import Final

from chalicelib.domain.backtest.loading.manifest import Manifest, UnreadableManifest, read_manifest
from chalicelib.store.files.objects import ObjectStore

HISTORY: Final = "history/"
MANIFEST: Final = "manifest.json"


class HistoryUnreadable(Exception):
    """An object of a loaded history is damaged; the text names it."""

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(f"{key}: {reason}")
        self.key = key


def set_prefix(loader: str, name: str) -> str:
    """Return what all keys of a set begin with."""
    return f"{HISTORY}{loader}/{name}/"


def manifest_key(loader: str, name: str) -> str:
    """Return the key of a set's manifest."""
    return f"{set_prefix(loader, name)}{MANIFEST}"


def part_key(loader: str, name: str, root: str, part: str) -> str:
    """Return the key of a part."""
    return f"{set_prefix(loader, name)}{root}/{part}.npz"


def read_sets(store: ObjectStore) -> tuple[Manifest, ...]:
    """Read the manifests of all sets, by name. Raises HistoryUnreadable, ObjectsUnavailable."""
    keys = (key for key in store.keys(HISTORY) if key.endswith(f"/{MANIFEST}"))
    return tuple(_manifest(store, key) for key in keys)


def _manifest(store: ObjectStore, key: str) -> Manifest:
    try:
        return read_manifest(b"".join(store.read(key)))
    except UnreadableManifest as error:
        raise HistoryUnreadable(key, str(error)) from error
