"""One running stack: every part in the order they need each other, and their end in the reverse order."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime, time, timedelta
from functools import partial
from socket import socket
from typing import Final

from chalicelib.domain.clocks.calendar import MarketCalendar, new_york_date, new_york_instant
from chalicelib.domain.clocks.jobs import SCHEDULES
from chalicelib.domain.json_value import JsonValue
from chalicelib.observability.redaction import Redactor
from infra.local.aws.accounts import DEMO_USERS, OPERATOR, AccountBook
from infra.local.aws.aws import BACKUP_BUCKET, LocalAws, UserPool, objects
from infra.local.aws.kept_objects import KeptBackups
from infra.local.aws.objects import DirectoryObjects
from infra.local.aws.told_users import told_users
from infra.local.clockwork.clock import ProductClock
from infra.local.clockwork.messages import MessageQueue
from infra.local.clockwork.scheduler import Scheduler, restore_messages
from infra.local.control.control import Control
from infra.local.control.kept_facts import forget_underlying_facts
from infra.local.control.told_settlements import ToldSettlements
from infra.local.database.after_restore import look_after_restore
from infra.local.database.postgres import DatabaseUrls, PostgresCluster
from infra.local.database.stack_database import Say, open_database
from infra.local.emulators.world import World
from infra.local.front.server import THREADS, Origin
from infra.local.front.web import WebServer, WsgiApp, listen
from infra.local.keeping import Keeper, ensure_secrets, log_to, measure_to
from infra.local.loopback import LOOPBACK
from infra.local.options import DEFAULT_SPEED, Options
from infra.local.product import Product, product_environment
from infra.local.settling_in import settle_in
from infra.local.stack_vendors import ServedVendors, serve_vendors
from infra.local.state import ROOT, Resume, StateDirectory

DEFAULT_SEED: Final = 1
NEWCOMERS_TIME: Final = time(9, 20)
CONTROL_THREADS: Final = 6
AN_INSTANT: Final = timedelta(microseconds=1)
JOB_SECONDS_MAX: Final = 40
"""How long a stopping stack waits for the running job: a job's call takes 30 at most."""


class Stack:
    """The product on this machine. `start`, then `stop`; the first that fails undoes what was begun."""

    def __init__(self, options: Options, *, real_now: datetime, environ: Mapping[str, str], say: Say) -> None:
        """`real_now` is the machine's time: a newcomer's stack shows a recent trading day."""
        self._options = options
        self._real_now = real_now
        self._environ = environ
        self._say = say
        self._ending = ExitStack()
        self._redactor = Redactor()
        self._state = StateDirectory(options.state_dir)

    def start(self) -> None:
        """Start everything, end with state.json written. Raises StackRunning, PortTaken and others."""
        with ExitStack() as undo:
            undo.callback(self._ending.close)
            self._start()
            undo.pop_all()

    def stop(self) -> None:
        """End everything in the reverse order: jobs first, the database last."""
        self._ending.close()

    def _start(self) -> None:
        options, state, ending = self._options, self._state, self._ending
        state.lock()
        ending.callback(state.unlock)
        listener = listen(options.port)
        ending.callback(listener.close)
        if options.reset:
            self._say("reset: forgetting what was there")
            PostgresCluster(state.postgres).stop()  # a killed run leaves its server behind
            state.reset()
        state.withdraw_contract()
        log_to(state.log, self._redactor, ending)
        database = open_database(
            state, self._environ.get("DATABASE_URL"), reset=options.reset, ending=ending, say=self._say
        )
        resume = state.read_resume()
        speed = DEFAULT_SPEED if options.speed is None else options.speed
        clock = ProductClock(self._start_at(resume), speed=speed)
        with clock.held():  # time begins when everything answers
            self._start_parts(listener, database, clock, resume)

    def _start_parts(
        self, listener: socket, database: DatabaseUrls, clock: ProductClock, resume: Resume | None
    ) -> None:
        seed = self._seed(resume)
        book = AccountBook(self._state.accounts)
        book.ensure_demo_users()
        secrets = ensure_secrets(self._state)
        aws, pool = self._start_aws(book, secrets, database)
        site_origin = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        vendors = self._start_vendors(seed, clock, book, secrets, site_origin)
        queue = MessageQueue(clock)
        if resume is not None:
            restore_messages(queue, resume.messages)
        self._say("product: API, page, jobs")
        environment = product_environment(
            database=database,
            vendors=vendors.urls,
            pool=pool,
            secrets=secrets,
            throttle=self._options.throttle,
            delayed=self._options.delayed,
            site_origin=site_origin,
        )
        product = self._start_product(environment, clock, queue, aws)
        called = (aws.endpoint_url, vendors.urls["BINANCE_STREAM_URL"])
        origin = self._serve(Origin(product.app, ROOT / "static-site", *called), listener, THREADS)
        tokens = {name: aws.access_token(pool, name) for name in (*DEMO_USERS, OPERATOR)}
        settle_in(f"{origin.url}/api", book, tokens, self._options, vendors.world)
        look_after_restore(self._state, product, self._say)
        scheduler = _caught_up_scheduler(clock, queue, product)
        keeper = Keeper(self._state, clock, queue, seed)
        keeper.start()
        self._ending.callback(keeper.stop)
        controlled = self._serve_control(clock, scheduler, vendors, product, keeper, database)
        scheduler.start()
        self._ending.callback(self._stop_scheduler, scheduler)
        self._state.write_pool(pool.as_json())
        told_of = _addresses(origin.url, controlled.url, aws.endpoint_url, vendors.urls)
        people = told_users(book, tokens)
        self._state.write_contract({**told_of, "users": people, "database": {**database.as_dict()}})
        self._introduce(clock, origin.url, controlled.url, book)

    def _serve_control(
        self,
        clock: ProductClock,
        scheduler: Scheduler,
        vendors: ServedVendors,
        product: Product,
        keeper: Keeper,
        database: DatabaseUrls,
    ) -> WebServer:
        told = ToldSettlements(vendors.world, database.owner)
        told.write()
        on_change: list[Callable[[], None]] = [
            vendors.books.store,
            keeper.keep,
            product.forget_answers,
            partial(forget_underlying_facts, database.owner),
            told.write,
        ]
        control = Control(clock, scheduler, vendors.world, product.job_names, on_change=on_change)
        return self._serve(control, listen(0), CONTROL_THREADS)

    def _seed(self, resume: Resume | None) -> int:
        """Choose the market: as told, the one that stopped, or the usual one."""
        if self._options.seed is not None:
            return self._options.seed
        return DEFAULT_SEED if resume is None else resume.seed

    def _start_product(
        self, environment: Mapping[str, str], clock: ProductClock, queue: MessageQueue, aws: LocalAws
    ) -> Product:
        backups = KeptBackups(self._state, objects(aws.endpoint_url, BACKUP_BUCKET))
        for damage in backups.bring_back():
            self._say(damage)
        product = Product(
            environment,
            clock=clock,
            queue=queue,
            backups=backups,
            histories=DirectoryObjects(self._state.histories),
            redactor=self._redactor,
            meter=measure_to(self._state.metrics, self._ending),
        )
        self._ending.callback(product.close)
        return product

    def _serve(self, app: WsgiApp, listener: socket, threads: int) -> WebServer:
        server = WebServer(app, listener, threads=threads)
        server.start()
        self._ending.callback(server.stop)
        return server

    def _start_at(self, resume: Resume | None) -> datetime:
        """Choose where product time starts: as told, where it stopped, or before a recent open."""
        if self._options.clock is not None:
            if resume is not None and self._options.clock < resume.now:
                self._say("clock: earlier than what the database has seen; --reset starts from nothing")
            return self._options.clock
        if resume is not None:
            return resume.now
        day = MarketCalendar().previous_trading_day(new_york_date(self._real_now))
        return new_york_instant(day, NEWCOMERS_TIME)

    def _start_aws(
        self, book: AccountBook, secrets: Mapping[str, str], database: DatabaseUrls
    ) -> tuple[LocalAws, UserPool]:
        self._say("AWS: starting moto (Cognito, Secrets Manager, S3, SQS, Scheduler)")
        aws = LocalAws()
        pool = aws.start()
        self._ending.callback(aws.stop)
        urls = {"app": database.app, "jobs": database.jobs, "backup": database.backup}
        aws.make_resources({**secrets, "database-urls": json.dumps(urls)})
        aws.restore_accounts(pool, book)
        return aws, pool

    def _start_vendors(
        self,
        seed: int,
        clock: ProductClock,
        book: AccountBook,
        secrets: Mapping[str, str],
        site_origin: str,
    ) -> ServedVendors:
        self._say(f"vendors: emulating brokers, ORATS, Binance and OpenRouter over one market (seed {seed})")
        world = World.create(
            seed,
            clock.now,
            clock.sleep,
            delayed=self._options.delayed,
            assigns_early=self._options.assignment,
        )
        return serve_vendors(
            world, self._state, book, secrets=secrets, site_origin=site_origin, ending=self._ending
        )

    def _stop_scheduler(self, scheduler: Scheduler) -> None:
        self._say("ending: letting the running job finish")
        if not scheduler.stop(wait_seconds=JOB_SECONDS_MAX):
            self._say("ending: a job still runs and is left to the next start")

    def _introduce(self, clock: ProductClock, site_url: str, control_url: str, book: AccountBook) -> None:
        speed = (
            f"{clock.speed:g} times life"
            if clock.speed
            else "standing still, moved over the control interface"
        )
        self._say(f"clock: {clock.now():%Y-%m-%d %H:%M:%S} UTC, {speed}")
        for account in book:
            if account.username in (*DEMO_USERS, OPERATOR):
                self._say(f"user: {account.username}, password {account.password}")
        self._say(f"page: {site_url}    control: {control_url}    details: {self._state.path / 'state.json'}")


def _addresses(
    site_url: str, control_url: str, aws_url: str, vendors: Mapping[str, str]
) -> dict[str, JsonValue]:
    """Return where everything answers, as the contract has it (local.md)."""
    return {
        "api_url": f"{site_url}/api",
        "site_url": site_url,
        "control_url": control_url,
        "aws_endpoint_url": aws_url,
        "emulators": {
            "tradier": vendors["TRADIER_SANDBOX_URL"],
            "tradier_live": vendors["TRADIER_LIVE_URL"],
            "tastytrade": vendors["TASTYTRADE_CERT_URL"],
            "tastytrade_live": vendors["TASTYTRADE_LIVE_URL"],
            "ibkr": vendors["IBKR_PAPER_URL"],
            "schwab": vendors["SCHWAB_LIVE_URL"],
            "orats": vendors["ORATS_URL"],
            "telegram": vendors["TELEGRAM_URL"],
            "discord": vendors["DISCORD_URL"],
            "binance": vendors["BINANCE_URL"],
            "binance_testnet": vendors["BINANCE_TESTNET_URL"],
            "binance_stream": vendors["BINANCE_STREAM_URL"],
            "coingecko": vendors["COINGECKO_URL"],
            "openrouter": vendors["MODEL_URL"].removesuffix("/api/v1"),
        },
    }


def _caught_up_scheduler(clock: ProductClock, queue: MessageQueue, product: Product) -> Scheduler:
    """Begin with the minute the clock stands in, so that this minute's plan arms the next."""
    minute = clock.now().replace(second=0, microsecond=0)
    scheduler = Scheduler(
        clock, queue, product.run_job, SCHEDULES, after=minute - AN_INSTANT, give_up=product.give_up
    )
    scheduler.advance(clock.now() - AN_INSTANT)
    return scheduler
