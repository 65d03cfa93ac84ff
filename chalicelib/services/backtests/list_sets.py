"""Which loaded histories a backtest may be asked over (B-12)."""

from chalicelib.domain.backtest.loading.manifest import Manifest
from chalicelib.services.environment import Environment
from chalicelib.services.errors import Unavailable
from chalicelib.services.listing import Listing
from chalicelib.store.files.history_sets import HistoryUnreadable, read_sets
from chalicelib.store.files.objects import ObjectsError


def list_sets(env: Environment) -> Listing[Manifest]:
    """List what is loaded, by loader and name; nothing without a bucket for it. Raises Unavailable."""
    try:
        found = () if env.histories is None else read_sets(env.histories)
    except (HistoryUnreadable, ObjectsError) as error:
        raise Unavailable(f"what is loaded cannot be read: {error}") from error
    return Listing(items=found, as_of=env.clock.now())
