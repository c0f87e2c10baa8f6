"""When schedules tick, worked out from Python's own time zones: the judge of the daemon's clock, and none of its code."""
import functools
from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

SWEDEN = ZoneInfo("Europe/Stockholm")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Cron:
    """Minutes and hours of the days that `days` names (Monday is 0); hours None: every hour that passes."""

    def __init__(self, line, minutes, hours=None, days=range(7)):
        self.line, self.minutes, self.hours, self.days = line, minutes, hours, days

    @functools.lru_cache(maxsize=None)
    def on(self, day):
        """Its ticks on a Swedish day, in order."""
        if day.weekday() not in self.days:
            return ()
        if self.hours is None:
            begins = datetime.combine(day, time(), SWEDEN).astimezone(timezone.utc)
            ends = datetime.combine(day + DAY, time(), SWEDEN).astimezone(timezone.utc)
            minutes = (begins + n * MINUTE for n in range((ends - begins) // MINUTE))
            return tuple(at for at in minutes if at.minute in self.minutes)
        return tuple(sorted({shown(datetime.combine(day, time(h, m))) for h in self.hours for m in self.minutes}))

    def between(self, after, until):
        """Ticks later than `after`, up to and with `until`."""
        day, last = local_day(after), local_day(until)
        while day <= last:
            yield from (tick for tick in self.on(day) if after < tick <= until)
            day += DAY

    def next(self, after):
        day = local_day(after)
        while True:
            for tick in self.on(day):
                if tick > after:
                    return tick
            day += DAY


def local_day(at) -> date:
    return at.astimezone(SWEDEN).date()


def shown(wall):
    """The first instant at which Swedish clocks show that time, or have passed it."""
    at = wall.replace(tzinfo=timezone.utc) - timedelta(hours=3)
    while at.astimezone(SWEDEN).replace(tzinfo=None) < wall:
        at += MINUTE
    return at
