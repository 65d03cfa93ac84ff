"""Files as chunks of columns, in bounded memory: CSV, plain or in .gz and .zip, and Parquet by row group.

Types are told, never inferred. Texts come as codes of their distinct values, since a chain repeats its dates
and roots in each row. A cell that is no number stops the file with its row.
"""

import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import numpy as np
import numpy.typing as npt

from infra.history.faults import BadFile, RowNumbers
from infra.history.layouts import TEXTS, Chosen

CHUNK_ROWS: Final = 200_000
#: What stands for nothing in vendors' files.
_NOTHING: Final = ("", "null", "NULL", "NaN", "nan", "N/A", "NA", "None")
_HASH_BYTES: Final = 1 << 20
_PARQUET: Final = (".parquet", ".pq")

Choose = Callable[[str, list[str]], Chosen]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Texts:
    """A column of texts: `codes` into `values`, -1 for an empty cell."""

    codes: npt.NDArray[np.int64]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chunk:
    """Some rows of a file, `row` as an editor counts them; columns by our names."""

    file: str
    chosen: Chosen
    row: RowNumbers
    texts: Mapping[str, Texts]
    numbers: Mapping[str, Floats]


def read_chunks(path: Path, choose: Choose, *, rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """Read a file, of an archive each member. Raises BadFile."""
    if path.suffix.lower() in _PARQUET:
        yield from _parquet_chunks(path, choose)
        return
    for name, open_text in members(path):
        yield from _csv_chunks(name, open_text, choose, rows)


def sha256_of(path: Path) -> str:
    """Hash a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BYTES):
            digest.update(block)
    return digest.hexdigest()


Opened = Callable[[], IO[str]]


def members(path: Path) -> Iterator[tuple[str, Opened]]:
    """Name the tables of a file: itself, or an archive's members. Raises BadFile."""
    suffix = path.suffix.lower()
    if suffix == ".gz":
        yield path.name, lambda: _unpacked(path)
    elif suffix == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    if not name.endswith("/"):
                        yield f"{path.name}/{name}", lambda name=name: _text(archive.open(name))  # type: ignore[misc]
        except zipfile.BadZipFile as error:
            raise BadFile(path.name, "is no zip archive") from error
    elif suffix in {".7z", ".rar"}:
        raise BadFile(path.name, f"unpack it first: {suffix} is not read")
    else:
        yield path.name, lambda: path.open(encoding="utf-8-sig", newline="")


class _Lines:
    """A file below its header, whose lines have as many cells as that: pandas fills and cuts in silence.

    Raises BadFile where one has not.
    """

    def __init__(self, file: str, text: IO[str], cells: int) -> None:
        self._file, self._text, self._cells = file, text, cells
        self._row = 1

    def read(self, size: int) -> str:
        """Return some lines of about `size` characters, nothing at the end."""
        lines = self._text.readlines(size)
        for line in lines:
            self._row += 1
            if line.count(",") != self._cells - 1:
                self._look_at(line)
        return "".join(lines)

    def __iter__(self) -> Iterator[str]:
        return iter(self._text)  # what pandas takes for a file has it

    def _look_at(self, line: str) -> None:
        cells = next(csv.reader([line], skipinitialspace=True), [])
        if any(cells) and len(cells) != self._cells:
            reason = f"has {len(cells)} cells where the header has {self._cells}"
            raise BadFile(self._file, reason, row=self._row)


def _unpacked(path: Path) -> IO[str]:
    return cast(IO[str], gzip.open(path, "rt", encoding="utf-8-sig", newline=""))


def _text(binary: IO[bytes]) -> IO[str]:
    return io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")


def _csv_chunks(file: str, open_text: Opened, choose: Choose, rows: int) -> Iterator[Chunk]:
    import pandas as pd

    with _worded(file), open_text() as text:
        header = next(csv.reader([text.readline()]), [])
        chosen = choose(file, header)
        ours = {position: name for name, position in chosen.positions.items()}
        wanted = sorted(ours)
        kinds = {str(at): "category" if ours[at] in TEXTS else "float64" for at in wanted}
        try:
            frames = pd.read_csv(
                _Lines(file, text, len(header)),
                header=None,
                names=[str(at) for at in range(len(header))],
                usecols=[str(at) for at in wanted],
                dtype=kinds,
                na_values=list(_NOTHING),
                keep_default_na=False,
                skipinitialspace=True,
                skip_blank_lines=False,
                chunksize=rows,
                on_bad_lines="error",
            )
            first = 2
            for frame in frames:
                numbered = np.arange(first, first + len(frame), dtype=np.int64)
                first += len(frame)
                yield _chunk(file, chosen, frame, numbered, str)
        except pd.errors.ParserError as error:
            raise BadFile(file, str(error)) from error
        except pd.errors.EmptyDataError:
            return  # a header and nothing else
        except ValueError as error:
            raise _bad_number(file, open_text, chosen, header) or BadFile(file, str(error)) from error


def _chunk(
    file: str, chosen: Chosen, frame: Any, numbered: RowNumbers, key: Callable[[int], str]
) -> Chunk:  # Any: pandas has no types here
    empty = frame.isna().all(axis=1).to_numpy()
    if empty.any():  # blank lines, at the end of many files
        frame, numbered = frame[~empty], numbered[~empty]
    texts, numbers = {}, {}
    for name, position in chosen.positions.items():
        column = frame[key(position)]
        if name in TEXTS:
            told = column.astype("category").cat
            values = tuple(str(one).strip() for one in told.categories)
            texts[name] = Texts(told.codes.to_numpy().astype(np.int64), values)
        else:
            numbers[name] = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return Chunk(file=file, chosen=chosen, row=numbered, texts=texts, numbers=numbers)


def _parquet_chunks(path: Path, choose: Choose) -> Iterator[Chunk]:
    """Read one row group after the other; a record's number is its row."""
    from fastparquet import ParquetFile

    with _worded(path.name), path.open("rb") as file:
        try:
            stored = ParquetFile(file)
            header = list(stored.columns)
        except (ValueError, TypeError, KeyError, OSError) as error:
            raise BadFile(path.name, f"is no Parquet file: {error}") from error
        chosen = choose(path.name, header)
        wanted = sorted({header[at] for at in chosen.positions.values()})
        first = 1
        for frame in stored.iter_row_groups(columns=wanted):
            numbered = np.arange(first, first + len(frame), dtype=np.int64)
            first += len(frame)
            yield _chunk(path.name, chosen, frame, numbered, lambda position: header[position])


@contextmanager
def _worded(file: str) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise BadFile(file, "is no text in UTF-8") from error
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise BadFile(file, f"the archive is damaged: {error}") from error


def _bad_number(file: str, open_text: Opened, chosen: Chosen, header: list[str]) -> BadFile | None:
    """Look for the first cell that is no number, once it is known that there is one."""
    places = [(at, header[at].strip()) for name, at in chosen.positions.items() if name not in TEXTS]
    with open_text() as text:
        for row, cells in enumerate(csv.reader(text, skipinitialspace=True), start=1):
            for at, column in places if row > 1 else ():
                cell = cells[at].strip() if at < len(cells) else ""
                if cell not in _NOTHING and not _is_number(cell):
                    return BadFile(file, f"{cell[:40]!r} is not a number", row=row, column=column)
    return None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
