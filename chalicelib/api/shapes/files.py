"""A file as an answer, or where it is (api.md)."""

from chalicelib.api.answers import Reply
from chalicelib.services.reading.files import ExportedFile, ExportLink


def shape_file(exported: ExportedFile | ExportLink) -> Reply:
    """Write the file itself with its name, or lead to it."""
    if isinstance(exported, ExportLink):
        return Reply(status=303, headers={"Location": exported.url})
    return Reply(
        text=exported.text,
        headers={
            "Content-Type": exported.media_type,
            "Content-Disposition": f'attachment; filename="{exported.filename}"',
        },
    )
