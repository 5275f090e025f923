"""Measure how well the end of the credit is foreseen, for nine kinds of use.

Each account has 100 days or a year behind it, and 200 credits left. From then on it is
used until it runs out, and once more by a loop.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain, islice, repeat
from random import Random
from statistics import fmean, linear_regression, median
from typing import Final

from matplotlib.pyplot import subplots

from custom_components.thesmsworks.forecast import MIN_DAILY_LIMIT
from custom_components.thesmsworks.usage import Alert, Ledger, Limits, Usage
from dev import ROOT

CREDIT: Final = 200
FIXED: Final = 50
LIMITS: Final = Limits()
START: Final = datetime(2025, 1, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)

SHOWN_DAYS: Final = 30
GREY: Final = "#808080"
OURS: Final = "this integration"
THEIRS: Final = f"{FIXED} credits"
COLORS: Final = {OURS: "#2f81f7", THEIRS: "#e0701c"}

type Kind = Callable[[Random], Iterator[int]]

PAGE = """
## Foresight

Nine kinds of use, {accounts} accounts each, used for 100 days (growing also for a year)
and then with {credit} credits left until they run out. Beside this integration with its
defaults (warn at {threshold} credits, or {days} days before the end): the mean of 28 days,
a linear regression over 28 days, and a warning at {fixed} credits.

![The balance of two accounts, and when they warn](images/foresight.png)

**Too many**: the share of accounts that ran out before the shown day. **Shown**: the
median of the days shown, in parts of the days it was. Where nothing was used in the time
that a way looks at, it shows nothing.

| Days left | too many | mean | regression | shown | mean | regression |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{days_left}

**Late**: the share of accounts that were warned less than 3 days before the end.
**Times**: how often low credit began, for each account. **False**: alarms of unusual
use in a year. **Loop**: minutes until a loop of one text a minute is noticed, and the
credits that are left then, in the median. A first newsletter is a false alarm.

| Warnings | late | late at {fixed} | times | false | loop, minutes | left |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{warnings}
"""


def poisson(random: Random, mean: float) -> int:
    """Return how often a thing happens that happens so often in the mean."""
    return random.binomialvariate(10_000, mean / 10_000)


def steady(random: Random) -> Iterator[int]:
    """Yield 5 texts a day."""
    while True:
        yield poisson(random, 5)


def office(random: Random) -> Iterator[int]:
    """Yield 20 texts on weekdays."""
    while True:
        yield from [*(poisson(random, 20) for _ in range(5)), 0, 0]


def bursts(mean: float, low: int, high: int, days: int) -> Kind:
    """Return a kind with a few texts a day, and many on one day in so many."""

    def kind(random: Random) -> Iterator[int]:
        while True:
            many = random.randint(low, high) if random.random() * days < 1 else 0
            yield poisson(random, mean) + many

    return kind


def monthly(random: Random) -> Iterator[int]:
    """Yield a newsletter once a month, and hardly anything else."""
    day, day_of_month = START, random.randint(1, 28)
    while True:
        letter = random.randint(40, 80) if day.day == day_of_month else 0
        yield poisson(random, 0.5) + letter
        day += DAY


def growing(random: Random) -> Iterator[int]:
    """Yield 3 texts a day, twice as many each 125 days, up to 30."""
    day = 0
    while True:
        yield poisson(random, min(3 * 2 ** (day / 125), 30))
        day += 1


def step(random: Random) -> Iterator[int]:
    """Yield 2 texts a day, and 8 since a fortnight ago."""
    for _ in range(85):
        yield poisson(random, 2)
    while True:
        yield poisson(random, 8)


def clustered(random: Random) -> Iterator[int]:
    """Yield spells of a few days with 8 texts each."""
    is_on = False
    while True:
        is_on = random.random() < (0.7 if is_on else 0.02)
        yield poisson(random, 8) if is_on else 0


KINDS: Final[dict[str, tuple[Kind, int]]] = {
    "steady": (steady, 100),
    "office": (office, 100),
    "mixed": (bursts(1, 5, 40, 14), 100),
    "rare": (bursts(1 / 7, 5, 25, 30), 100),
    "alarms": (bursts(0, 5, 25, 30), 100),
    "monthly": (monthly, 100),
    "growing": (growing, 100),
    "growing, a year": (growing, 365),
    "step": (step, 100),
    "clustered": (clustered, 100),
}


@dataclass(kw_only=True)
class Account:
    """An account as this integration follows it, day by day."""

    ledger: Ledger
    now: datetime = START
    days: int = 0
    low_since: list[int] = field(default_factory=list)
    unusual: int = 0
    balances: list[float] = field(default_factory=list)

    def read(self, texts: int, now: datetime) -> tuple[Usage, list[Alert]]:
        """Read the balance after so much use."""
        ledger = self.ledger.record(self.ledger.balance - texts, now, LIMITS)
        usage = ledger.usage(now, LIMITS)
        self.now = now
        self.ledger, alerts = ledger.tell(usage, LIMITS)
        return usage, alerts

    def live(self, texts: int) -> Usage:
        """Live a day with so much use, which is read at its end."""
        was_low, end = self.ledger.low, self.now + DAY
        if texts > MIN_DAILY_LIMIT:
            _, alerts = self.read(texts, end - SECOND)
            self.unusual += Alert.UNUSUAL_USE in alerts
            texts = 0
        usage, _ = self.read(texts, end)
        self.days += 1
        if usage.low and not was_low:
            self.low_since.append(self.days)
        self.balances.append(usage.balance)
        return usage

    def loop(self, random: Random) -> tuple[int, float]:
        """Return the minutes until a loop is noticed, and the credits left then."""
        now = self.now + timedelta(minutes=random.randrange(24 * 60))
        self.read(0, now)
        minutes = random.randint(1, 15)
        _, alerts = self.read(minutes, now + timedelta(minutes=minutes))
        while not alerts:
            minutes += 15
            _, alerts = self.read(15, now + timedelta(minutes=minutes))
        return minutes, self.ledger.balance


@dataclass(kw_only=True)
class Result:
    """What came of an account: the days shown, and until when it was warned."""

    shown: dict[str, float | None]
    lasted: int
    warned: dict[str, int]
    times_low: int
    unusual: float
    loop: tuple[int, float]
    balances: list[float]


def follow(name: str, number: int) -> Result:
    """Follow an account of a kind until it runs out, and for a year at least."""
    kind, past = KINDS[name]
    random = Random(f"{name} {number}")
    uses = kind(random)
    before = list(islice(uses, past))
    balance = CREDIT + sum(before)
    account = Account(ledger=Ledger(balance=balance, read=START.isoformat()))
    # The day of the installation, which is not a whole one.
    account.live(0)
    for texts in before:
        usage = account.live(texts)
    shown = {OURS: usage.days_left, **simple_ways(before[-28:])}
    loop = Account(ledger=account.ledger, now=account.now).loop(random)
    while account.ledger.balance > 0:
        account.live(next(uses))
    balances, end, low_since = account.balances[:], account.days, account.low_since[:]
    account.read(-1_000_000, account.now)
    while account.days < 365:
        account.live(next(uses))
    fixed = next(n for n, left in enumerate(balances, 1) if left <= FIXED)
    return Result(
        shown=shown,
        lasted=end - past - 1,
        warned={OURS: end - low_since[-1], THEIRS: end - fixed},
        times_low=len(low_since),
        unusual=account.unusual / account.days * 365,
        loop=loop,
        balances=balances,
    )


def simple_ways(uses: list[int]) -> dict[str, float | None]:
    """Return the days that others would show, None where nothing was used."""
    slope, _ = linear_regression(range(len(uses)), list(accumulate(uses)))
    paces = {"mean": fmean(uses), "regression": slope}
    return {way: CREDIT // pace if pace > 0 else None for way, pace in paces.items()}


def rows(name: str, accounts: int) -> tuple[str, str]:
    """Follow accounts of a kind, and return its row in both tables."""
    results = [follow(name, number) for number in range(accounts)]
    too_many, ratios = [], []
    for way in results[0].shown:
        known = [
            (result.lasted, days)
            for result in results
            if (days := result.shown[way]) is not None
        ]
        too_many.append(sum(lasted < days for lasted, days in known) / accounts)
        ratios.append(median(days / lasted for lasted, days in known))
    warned = zip(*(result.warned.values() for result in results), strict=True)
    late = [fmean(days < 3 for days in way) for way in warned]
    rates = [
        fmean(result.times_low for result in results),
        fmean(result.unusual for result in results),
    ]
    loops = zip(*(result.loop for result in results), strict=True)
    return (
        row(
            name,
            [f"{share:.0%}" for share in too_many],
            [f"{ratio:.2f}" for ratio in ratios],
        ),
        row(
            name,
            [f"{share:.0%}" for share in late],
            [f"{rate:.2f}" for rate in rates],
            [f"{median(figures):.0f}" for figures in loops],
        ),
    )


def row(name: str, *cells: list[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join([name, *chain(*cells)])} |"


def draw() -> None:
    """Draw how two accounts end, in colours for a light and a dark page."""
    figure, panels = subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    for axes, name in zip(panels, ("office", "growing, a year"), strict=True):
        result = follow(name, 0)
        days = range(-SHOWN_DAYS, 1)
        axes.step(days, result.balances[-len(days) :], where="post", color=GREY)
        for way, color in COLORS.items():
            warned = result.warned[way]
            balance = result.balances[-1 - warned]
            label = f"{way}: {warned} days before"
            axes.plot(-warned, balance, "o", color=color, label=label)
        axes.legend(frameon=False, labelcolor="linecolor")
        axes.set_title(name, color=GREY)
        axes.set_xlabel("days until the credit has run out", color=GREY)
        axes.set_ylabel("credits", color=GREY)
        axes.tick_params(colors=GREY)
        axes.spines[:].set_color(GREY)
    figure.savefig(ROOT / "docs/images/foresight.png", transparent=True, dpi=100)


def foresight(accounts: int) -> str:
    """Draw the picture, and return the part of the page."""
    draw()
    with ProcessPoolExecutor() as pool:
        days_left, warnings = zip(*pool.map(rows, KINDS, repeat(accounts)), strict=True)
    return PAGE.format(
        accounts=accounts,
        credit=CREDIT,
        threshold=LIMITS.threshold,
        days=LIMITS.days,
        fixed=FIXED,
        days_left="\n".join(days_left),
        warnings="\n".join(warnings),
    )
