"""The nightly copy of the database (A-16)."""

from chalicelib.jobs.tick import JobContext, Result, skipped
from chalicelib.services.operations.back_up import back_up


def run(context: JobContext) -> Result:
    """Write one backup; a deployment without a bucket for it says so at each run."""
    env = context.env
    if env.backup is None:
        return skipped("no backup is configured: BACKUP_BUCKET is missing")
    now = env.clock.now()
    manifest = back_up(env.backup, taken_at=now, number=env.randomness.uuid7(now))
    return {
        "backup": manifest.name,
        "revision": manifest.revision,
        "tables": len(manifest.tables),
        "rows": manifest.rows,
        "bytes": manifest.object_bytes,
    }
