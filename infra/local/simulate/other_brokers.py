"""People spread over brokers (W-03): accounts at tastytrade, Schwab and Interactive Brokers beside Tradier's.

Each is opened at its emulator, connected by the API's own calls and traded at as its owner would; whose live
account it is has its switch on before the run, since the switch itself wants Cognito's second factor.
"""

import random
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from infra.local.emulators.serving.exchange import request_from_target
from infra.local.emulators.serving.faults import Vendor
from infra.local.simulate.people import Person
from infra.local.simulate.places import PLACES, Account
from infra.local.simulate.stage import stream

#: How many runs have people at all brokers.
SPREAD: Final = 0.12
#: Of the streams for this choice the first that leaves every day recorded for a guard as it was.
_STREAM: Final = "brokers 652"
#: So that somebody is at another broker whichever is away.
PEOPLE_MIN: Final = 3
#: How often somebody of such a run has two accounts elsewhere, not one.
TWO: Final = 0.3
#: How often market orders are allowed to who trades live.
AT_MARKET: Final = 0.6
PAPER: Final = "PAPER"
TRADIER: Final = "TRADIER_SANDBOX"
TRADIER_LIVE: Final = "TRADIER_LIVE"
_AUTHORIZE: Final = "/api/connections/schwab/authorize"


def has_brokers(seed: int) -> bool:
    """Say whether people of this run are spread over all brokers."""
    return stream(seed, _STREAM).random() < SPREAD


def spread(people: list[Person], seed: int) -> None:
    """Give everybody accounts elsewhere, each at another place as far as there are places.

    What a person's own choices are is a stream of its own; the first account is the default one.
    """
    choices = stream(seed, "places")
    left = choices.sample(PLACES, len(PLACES))
    for index, person in enumerate(people, start=1):
        for _ in range(1 + (choices.random() < TWO)):
            place = left.pop(0)
            left.append(place)
            account_id = place.number.format(index)
            person.accounts.append(Account(place=place, account_id=account_id, owner=person.name))
        person.connects = partial(connect_all, choices=stream(seed, f"connections of {person.name}"))
        person.elsewhere = stream(seed, f"brokers that {person.name} names")
        at_tradier = (TRADIER, TRADIER_LIVE) if person.is_live else (TRADIER,)
        person.named = (PAPER, *at_tradier, *(one.place.mode for one in person.accounts))


def connect_all(person: Person, *, choices: random.Random) -> None:
    """Connect a person's accounts elsewhere; new trades go to the first of them, which is connected last."""
    for account in reversed(person.accounts):
        _connect(person, account)
        if account.place.is_live:  # switching live on chooses the account, too
            allows_market = choices.random() < AT_MARKET
            person.stage.switch_account_live(person.name, account.place.mode, allows_market)
        else:
            _must(person, "PUT", "/api/settings", {"broker_mode": account.place.mode})


def _connect(person: Person, account: Account) -> None:
    told = _must(person, "PUT", *_given(person, account))
    if account.place.vendor is Vendor.SCHWAB:
        told = let_in_by_browser(person)
    if told.get("account_id") != account.account_id:
        person.stage.unexpected(f"{person.name} connected {account.account_id} and was told {told}")


def _given(person: Person, account: Account) -> tuple[str, Mapping[str, object]]:
    """Make credentials at the broker; return the path and the body that connect with them."""
    place, stage = account.place, person.stage
    given, token = place.opened(stage.world, account.account_id, account.registered_as)
    stage.note_owner(token, person.name, f"{person.name}@{place.mode}")
    body = {"environment": place.environment, "credentials": given}
    return f"/api/connections/{place.broker}", body


def log_in_again(person: Person, device: str) -> None:
    """Connect anew whatever was ended at its broker: by Schwab's page, or with credentials made anew."""
    for account in list(person.logged_out):
        if account.place.vendor is Vendor.SCHWAB:
            is_done = _come_by_browser(person, device)
        else:
            account.renewed += 1
            path, body = _given(person, account)
            is_done = person.call(device, "PUT", path, body).status == 200
        if is_done:
            person.logged_out.remove(account)


def let_in_by_browser(person: Person) -> Mapping[str, Any]:  # Any: JSON
    """Go to Schwab's page, let the program in, and come back with what it sends."""
    page = _must(person, "POST", _AUTHORIZE, {})
    return _must(person, "GET", _way_back(person, str(page["url"])), None)


def _come_by_browser(person: Person, device: str) -> bool:
    """Do the same in the midst of a day, however far it comes; say whether it was done."""
    page = person.call(device, "POST", _AUTHORIZE, {})
    if page.status != 200:
        return False
    return person.call(device, "GET", _way_back(person, str(page.body["url"]))).status == 200


def _way_back(person: Person, url: str) -> str:
    """Let the program in on a page of Schwab's; return the call that the browser comes back with."""
    target, stage = urlsplit(url), person.stage
    page = f"{target.path}?{target.query}&{urlencode({'login': person.name})}"
    sent = stage.world.schwab.handle(request_from_target("GET", page, {}, b""))
    sent_back = dict(parse_qsl(urlsplit(sent.headers["Location"]).query))
    stage.note_owner(sent_back["code"], person.name, f"{person.name}@SCHWAB_LIVE")
    back = {name: sent_back[name] for name in ("code", "state")}
    return f"/api/connections/schwab/callback?{urlencode(back)}"


def _must(person: Person, method: str, path: str, body: object) -> Mapping[str, Any]:  # Any: JSON
    answer = person.call("home", method, path, body)
    if answer.status != 200:
        person.stage.unexpected(f"{method} {path} of {person.name} answered {answer.status}: {answer.body}")
        return {}
    found: Mapping[str, Any] = answer.body
    return found
