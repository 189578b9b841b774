"""Holidays of three calendars, day by day: the New York Stock Exchange by pandas_market_calendars (and, from 1970 to where it ends,
the same by exchange_calendars), the bond market by QuantLib's GovernmentBond, federal holidays by the package holidays. Writes
calendars.txt beside this file: after # the source, then lines of a set of days, a year, and its days as MMDD."""

import datetime
import pathlib
import warnings
from importlib.metadata import version

import exchange_calendars
import holidays
import pandas_market_calendars
import QuantLib

ONE_DAY = datetime.timedelta(1)
SATURDAY = 5


def days(first, last):
    day = first
    while day <= last:
        yield day
        day += ONE_DAY


def lines(name, source, chosen):
    years = {}
    for day in sorted(chosen):
        years.setdefault(day.year, []).append(day.strftime("%m%d"))
    return [f"# {name}: {source}"] + [f"{name} {year} {' '.join(texts)}" for year, texts in years.items()]


def exchange(first, last):
    open_days = {day.date() for day in pandas_market_calendars.get_calendar("NYSE").valid_days(str(first), str(last))}
    second_open = {day.date() for day in exchange_calendars.get_calendar("XNYS", start="1970-01-02").sessions}
    for day in days(min(second_open), max(second_open)):
        assert (day in open_days) == (day in second_open), f"the two oracles differ on {day}"
    source = (f"pandas_market_calendars {version('pandas_market_calendars')}, NYSE; the same from 1970 on by exchange_calendars "
              f"{version('exchange_calendars')}, XNYS")
    return (lines("exchange_closed_weekdays", source, [d for d in days(first, last) if d.weekday() < SATURDAY and d not in open_days])
            + lines("exchange_open_saturdays", source, [day for day in open_days if day.weekday() == SATURDAY]))


def bond_market(first, last):
    calendar = QuantLib.UnitedStates(QuantLib.UnitedStates.GovernmentBond)
    closed = [day for day in days(first, last)
              if day.weekday() < SATURDAY and not calendar.isBusinessDay(QuantLib.Date(day.day, day.month, day.year))]
    return lines("bond_market_closed_weekdays", f"QuantLib {version('QuantLib')}, UnitedStates::GovernmentBond", closed)


def federal(first, last):
    # The category government leaves out Memorial Day before 1971, which the category public has, and holds days that presidents gave once
    # by executive order, which are no legal public holidays.
    years = range(first.year, last.year + 1)
    once = ("Christmas Eve", "Day After Christmas", "National Day of Mourning")
    government = holidays.UnitedStates(years=years, categories=(holidays.GOVERNMENT,))
    known = {day for day, name in government.items() if not name.startswith(once)}
    known |= {day for day, name in holidays.UnitedStates(years=years).items() if "Memorial Day" in name}
    return lines("federal_holidays", f"holidays {version('holidays')}, UnitedStates, category government, and Memorial Day of public",
                 [day for day in known if first <= day <= last])


warnings.filterwarnings("ignore")
LAST = datetime.date(2050, 12, 31)
result = exchange(datetime.date(1950, 1, 1), LAST) + bond_market(datetime.date(1996, 1, 1), LAST) + federal(datetime.date(1950, 1, 1), LAST)
pathlib.Path(__file__).with_suffix(".txt").write_text("\n".join(result) + "\n", encoding="utf-8")
