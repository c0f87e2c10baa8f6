#!/usr/bin/env python3
"""Sweden's public holidays by PyPI's `holidays`, a date a row: holidays_reference.py FIRST_YEAR LAST_YEAR

Sundays are left to the calendar (include_sundays=False): a Sunday that is a holiday besides is a row all the same.
After a row `de facto` come the days of that category: midsommarafton, julafton, nyårsafton.
Exits 77 where the package is missing.
"""
import sys

try:
    import holidays
except Exception as why:
    print(why)
    sys.exit(77)

years = range(int(sys.argv[1]), int(sys.argv[2]) + 1)
print(*sorted(holidays.Sweden(years=years, include_sundays=False)), sep="\n")
print("de facto")
print(*sorted(holidays.Sweden(years=years, include_sundays=False, categories=("de_facto",))), sep="\n")
