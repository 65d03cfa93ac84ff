"""Messages over SQS' real wire (moto's server): batches, delays, and the way to the dead letters and back."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.json_value import JsonValue
from chalicelib.domain.ports import Outgoing
from chalicelib.jobs.events import JobMessage, UnreadableMessage
from chalicelib.notify.queues import BATCH_BYTES_MAX, MessagesNotSent, QueueBus
from infra.local.aws.aws import DEAD_LETTERS, LocalAws, client, make_queues
from infra.local.clockwork.clock import ProductClock

NOW = datetime(2026, 2, 19, 15, 0, tzinfo=UTC)
RECEIVES_BEFORE_DEATH = 3


@pytest.fixture(scope="module")
def sqs() -> Iterator[Any]:
    """Serve the queues of a deployment."""
    aws = LocalAws()
    aws.start()
    make_queues(aws.endpoint_url)
    yield client("sqs", aws.endpoint_url)
    aws.stop()


class Post:
    """A bus to the queue of `sync`, and what arrives there."""

    def __init__(self, sqs: Any) -> None:
        self.sqs = sqs
        self.url: str = sqs.get_queue_url(QueueName="papertape-sync")["QueueUrl"]
        self.dead: str = sqs.get_queue_url(QueueName=DEAD_LETTERS)["QueueUrl"]
        self.bus = QueueBus({"sync": self.url}, ProductClock(NOW, speed=0), make_client=lambda: sqs)

    def receive(self, url: str, *, hidden_seconds: int = 30) -> list[dict[str, Any]]:
        """Take up to ten messages."""
        answer = self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=hidden_seconds, WaitTimeSeconds=0
        )
        return list(answer.get("Messages", []))

    def drain(self, url: str) -> list[str]:
        """Take everything there is, for good."""
        bodies = []
        while messages := self.receive(url):
            for message in messages:
                bodies.append(message["Body"])
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies


@pytest.fixture
def post(sqs: Any) -> Post:
    """Begin with empty queues."""
    post = Post(sqs)
    post.drain(post.url)
    post.drain(post.dead)
    return post


def parts(count: int, **more: JsonValue) -> list[Outgoing]:
    """Return messages for as many accounts."""
    return [
        Outgoing(job="sync", payload={"account_id": f"VA{index}", **more}, due_at=NOW)
        for index in range(count)
    ]


def test_many_messages_arrive_each_once_and_can_be_read(post: Post) -> None:
    """SQS takes ten entries a call."""
    post.bus.send_all(parts(25))
    received = [JobMessage.parse(body) for body in post.drain(post.url)]

    assert sorted(str(one.payload["account_id"]) for one in received) == sorted(f"VA{n}" for n in range(25))
    assert {(one.job, one.due_at) for one in received} == {("sync", NOW)}


def test_large_messages_go_in_smaller_batches(post: Post) -> None:
    """SQS takes 256 KB a call."""
    post.bus.send_all(parts(5, note="x" * (BATCH_BYTES_MAX // 3)))

    assert len(post.drain(post.url)) == 5


def test_a_message_for_later_is_delayed_by_at_most_fifteen_minutes(post: Post) -> None:
    for ahead in (timedelta(seconds=40), timedelta(hours=2)):
        post.bus.send("sync", {}, due_at=NOW + ahead)
    attributes = post.sqs.get_queue_attributes(
        QueueUrl=post.url, AttributeNames=["ApproximateNumberOfMessagesDelayed"]
    )["Attributes"]

    assert attributes["ApproximateNumberOfMessagesDelayed"] == "2"
    assert post.receive(post.url) == []
    post.sqs.purge_queue(QueueUrl=post.url)


def test_a_message_that_fails_three_times_is_a_dead_letter_and_can_be_sent_again(post: Post) -> None:
    post.bus.send_all(parts(1))
    for _ in range(RECEIVES_BEFORE_DEATH):
        assert len(post.receive(post.url, hidden_seconds=0)) == 1
    assert post.receive(post.url, hidden_seconds=0) == []
    (dead,) = post.drain(post.dead)
    post.sqs.send_message(QueueUrl=post.url, MessageBody=dead)  # what a move of dead letters does

    assert [JobMessage.parse(body).payload for body in post.drain(post.url)] == [{"account_id": "VA0"}]


class Refusing:
    """An SQS that does not take some entries at first, or ever."""

    def __init__(self, *, until_call: int) -> None:
        self.until_call = until_call
        self.calls = 0
        self.taken: list[str] = []

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Take the entries with an even number, the others from a later call on."""
        self.calls += 1
        taken = [one for one in Entries if int(one["Id"]) % 2 == 0 or self.calls >= self.until_call]
        self.taken += [json.loads(one["MessageBody"])["payload"]["account_id"] for one in taken]
        ids = {one["Id"] for one in taken}
        return {"Failed": [{"Id": one["Id"]} for one in Entries if one["Id"] not in ids]}


def test_entries_that_were_not_taken_are_sent_again_and_no_others() -> None:
    sqs = Refusing(until_call=3)
    QueueBus({"sync": "url"}, ProductClock(NOW, speed=0), make_client=lambda: sqs).send_all(parts(4))

    assert sqs.calls == 3
    assert sorted(sqs.taken) == ["VA0", "VA1", "VA2", "VA3"]


def test_entries_that_are_never_taken_are_told_of() -> None:
    """The tick fails, and the next one sends its own."""
    sqs = Refusing(until_call=99)
    bus = QueueBus({"sync": "url"}, ProductClock(NOW, speed=0), make_client=lambda: sqs)

    with pytest.raises(MessagesNotSent) as caught:
        bus.send_all(parts(4))
    assert caught.value.count == 2


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"job": "sync"}', '{"job": "sync", "due_at": "2026-02-19T15:00:00", "payload": {}}'],
)
def test_what_is_no_message_of_ours_is_refused(body: str) -> None:
    with pytest.raises(UnreadableMessage):
        JobMessage.parse(body)
