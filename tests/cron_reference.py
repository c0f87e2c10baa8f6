#!/usr/bin/env python3
"""All ticks of cron lines in Europe/Stockholm, by Python's standard library alone.

    python3 cron_reference.py FIRST_YEAR LAST_YEAR LINE...

Prints each line, then its ticks as seconds since 1970, one a row, in order. Lines have five fields; weekdays by name.
A wall time that spring skips ticks when the gap ends; one that autumn shows twice ticks the first time; a line with
`*` as its hour ticks in each hour that passes. Exits 77 where there is no time zone data.
"""
import sys
from datetime import date, datetime, time, timedelta

try:
    from zoneinfo import ZoneInfo

    STOCKHOLM = ZoneInfo("Europe/Stockholm")
except Exception as why:
    print(why)
    sys.exit(77)

WEEKDAYS = "mon tue wed thu fri sat sun".split()


def numbers(field, first, last, names=()):
    found = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        low, _, high = (f"{first}-{last}" if span == "*" else span).partition("-")
        number = lambda text: names.index(text) + first if text in names else int(text)
        found.update(range(number(low), number(high or low) + 1, int(step or 1)))
    return sorted(found)


def offset(seconds):
    return datetime.fromtimestamp(seconds, STOCKHOLM).utcoffset()


def first_with_the_offset_of(seconds, back):
    """The second at which the clocks were set, within `back` before `seconds`."""
    low, high = seconds - back, seconds
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if offset(middle) == offset(seconds) else (middle, high)
    return high


def seconds_of(wall):
    shown = int(wall.replace(tzinfo=STOCKHOLM, fold=0).timestamp())
    if datetime.fromtimestamp(shown, STOCKHOLM).replace(tzinfo=None) == wall:
        return shown
    return first_with_the_offset_of(shown, 7200)


def ticks(line, first_year, last_year):
    minute, hour, day, month, weekday = line.split()
    minutes, hours = numbers(minute, 0, 59), numbers(hour, 0, 23)
    days, months = numbers(day, 1, 31), numbers(month, 1, 12)
    weekdays = numbers(weekday, 0, 6, WEEKDAYS)
    last = None
    at = date(first_year, 1, 1)
    while at.year <= last_year:
        if at.day in days and at.month in months and at.weekday() in weekdays:
            if hour == "*":
                midnight = seconds_of(datetime.combine(at, time()))
                next_midnight = seconds_of(datetime.combine(at + timedelta(days=1), time()))
                found = [h + m * 60 for h in range(midnight, next_midnight, 3600) for m in minutes]
            else:
                found = [seconds_of(datetime.combine(at, time(h, m))) for h in hours for m in minutes]
            for seconds in found:
                if seconds != last:
                    yield seconds
                last = seconds
        at += timedelta(days=1)


def main():
    first_year, last_year = int(sys.argv[1]), int(sys.argv[2])
    for line in sys.argv[3:]:
        print(line)
        sys.stdout.write("".join(f"{seconds}\n" for seconds in ticks(line, first_year, last_year)))


main()
