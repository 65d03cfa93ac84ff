"""One law for buckets: S3's (against moto), a directory's and memory's."""

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from chalicelib.store.files.objects import ObjectMissing, ObjectStore, ObjectsUnavailable, S3Objects
from infra.local.aws.aws import EXPORT_BUCKET, client, objects
from infra.local.aws.objects import DirectoryObjects, MemoryObjects

#: The smallest part that S3 takes.
PART = 5 * 1024 * 1024


class BrokenOff(Exception):
    """What a source of chunks may raise."""


def chunks(*sizes: int) -> Iterator[bytes]:
    for number, size in enumerate(sizes):
        yield bytes([65 + number]) * size


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str) -> Iterator[S3Objects]:
    bare = client("s3", endpoint)
    bare.create_bucket(Bucket=EXPORT_BUCKET)
    store = S3Objects(lambda: bare, EXPORT_BUCKET, part_bytes=PART)
    yield store
    for key in store.keys(""):
        store.delete(key)
    bare.delete_bucket(Bucket=EXPORT_BUCKET)


@pytest.fixture(params=["s3", "directory", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "s3":
        found: ObjectStore = request.getfixturevalue("s3")
        return found
    return DirectoryObjects(tmp_path / "bucket") if request.param == "directory" else MemoryObjects()


@pytest.mark.parametrize(
    "sizes", [(), (0,), (1, 2, 3), (PART,), (PART - 1, 1), (3 * PART + 7,), (PART // 2,) * 5]
)
def test_what_was_written_is_read_back_whatever_its_size(store: ObjectStore, sizes: tuple[int, ...]) -> None:
    written = store.put_stream("a/one", chunks(*sizes), content_type="text/plain")

    assert b"".join(store.read("a/one")) == b"".join(chunks(*sizes))
    assert written == sum(sizes)


def test_keys_are_listed_by_prefix_and_sorted(store: ObjectStore) -> None:
    for key in ("b/2", "a/2", "a/1", "ab"):
        store.put_stream(key, [key.encode()], content_type="text/plain")

    assert store.keys("a/") == ["a/1", "a/2"]
    assert store.keys("") == ["a/1", "a/2", "ab", "b/2"]
    assert store.keys("none") == []


def test_an_object_that_is_not_there_is_missing_at_once(store: ObjectStore) -> None:
    with pytest.raises(ObjectMissing):
        store.read("a/none")


def test_a_deleted_object_is_gone_and_deleting_again_does_nothing(store: ObjectStore) -> None:
    store.put_stream("a/one", [b"x"], content_type="text/plain")
    store.delete("a/one")
    store.delete("a/one")

    assert store.keys("") == []


@pytest.mark.parametrize("good_bytes", [10, 2 * PART + 10])
def test_a_stream_that_breaks_off_leaves_nothing_and_the_older_object_stands(
    store: ObjectStore, good_bytes: int
) -> None:
    store.put_stream("a/one", [b"older"], content_type="text/plain")

    def breaking() -> Iterator[bytes]:
        yield b"x" * good_bytes
        raise BrokenOff

    with pytest.raises(BrokenOff):
        store.put_stream("a/one", breaking(), content_type="text/plain")
    with pytest.raises(BrokenOff):
        store.put_stream("a/two", breaking(), content_type="text/plain")

    assert b"".join(store.read("a/one")) == b"older"
    assert store.keys("") == ["a/one"]


def test_no_parts_are_left_behind_where_nobody_sees_them(s3: S3Objects, endpoint: str) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"x" * (PART + 1)
        raise BrokenOff

    with pytest.raises(BrokenOff):
        s3.put_stream("a/one", breaking(), content_type="text/plain")

    assert "Uploads" not in client("s3", endpoint).list_multipart_uploads(Bucket=EXPORT_BUCKET)


def test_a_link_downloads_under_the_name_it_was_given(s3: S3Objects) -> None:
    s3.put_stream("a/one", [b"a,b\n"], content_type="text/csv")
    link = s3.link("a/one", expires_seconds=300, filename="trades.csv")

    with urllib.request.urlopen(link) as answer:  # noqa: S310  # http on loopback
        assert answer.read() == b"a,b\n"
        assert answer.headers["Content-Type"].startswith("text/csv")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="trades.csv"'
    assert "X-Amz-Expires=300" in link


def test_a_bucket_that_is_gone_or_does_not_answer_is_unavailable(endpoint: str) -> None:
    gone, silent = objects(endpoint, "no-such-bucket"), objects("http://127.0.0.1:9", "any")

    with pytest.raises(ObjectsUnavailable, match="NoSuchBucket"):
        gone.put_stream("a", [b"x"], content_type="text/plain")
    with pytest.raises(ObjectsUnavailable):
        list(gone.read("a"))
    with pytest.raises(ObjectsUnavailable, match="EndpointConnectionError"):
        silent.keys("")


def test_a_directory_keeps_to_itself(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing):
        DirectoryObjects(tmp_path / "bucket").put_stream("../out", [b"x"], content_type="text/plain")
