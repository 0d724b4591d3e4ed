"""Forecasts, against dates worked out by hand and an independent count of slopes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itaudit.trend import MOST_DAYS, NOT_ENOUGH, Point, forecast_until
from itaudit.trend_breaks import slope_interval

NOW = datetime(2026, 12, 14, 12, 0, tzinfo=UTC)
# Five days of data, four days apart. The ten slopes are 0.5, 1, 1, 1, 1.25, 1.25, 1.25, 1.33, 1.5 and 2; Sen's interval of five
# points leaves out none of them (1.96 x sqrt(16.67) = 8.0 of 10 ranks). Carried to the last day: 20, 19, 20, 17 and 20.
UNEVEN = (0.0, 4.0, 10.0, 12.0, 20.0)


def points_of(values: Sequence[float], now: datetime = NOW, every_days: float = 1) -> list[Point]:
    """A series that ends now."""
    last = len(values) - 1
    return [Point(now - timedelta(days=every_days * (last - place)), value) for place, value in enumerate(values)]


def line(days: int, growth: float, last: float) -> list[float]:
    return [last - growth * (days - 1 - place) for place in range(days)]


def test_steady_growth_reaches_the_limit_on_the_day_worked_out_by_hand() -> None:
    forecast = forecast_until(500, points_of(line(21, 10, 300)), NOW)
    assert (forecast.days, forecast.earliest, forecast.latest) == pytest.approx((20, 20, 20))
    assert forecast.date == date(2027, 1, 3)
    assert forecast.phrase == ", full on 3 January 2027 at its present growth"
    assert forecast.enough


def test_uneven_growth_gives_the_interval_of_its_slopes() -> None:
    assert slope_interval((0, 4, 8, 12, 16), UNEVEN) == pytest.approx((0.5, 1.25, 2))


def test_ten_days_leave_out_ten_slopes_at_either_end() -> None:
    # 45 slopes; 1.96 x sqrt(10 x 9 x 25 / 18) = 21.9; (45 - 21.9) / 2 = 11.5: the eleventh slope from either end.
    values = [0, 3, 1, 8, 6, 9, 15, 11, 18, 17]
    slopes = sorted((second - first) / (late - soon) for (soon, first), (late, second) in combinations(enumerate(values), 2))
    assert slope_interval(range(10), values) == (slopes[10], slopes[22], slopes[34])


@pytest.mark.parametrize(
    ("now", "limit", "phrase"),
    [
        (datetime(2027, 1, 1, tzinfo=UTC), 24, ", full between 3 and 9 January 2027 at its present growth"),
        (datetime(2027, 1, 25, tzinfo=UTC), 24, ", full between 27 January and 2 February 2027 at its present growth"),
        (NOW, 40, ", full between 24 December 2026 and 23 January 2027 at its present growth"),
        (NOW, 1020, ", full on 27 April 2028 at the earliest at its present growth"),
        (NOW, 20, ", full now"),
    ],
)
def test_the_phrase_names_the_range_as_people_say_it(now: datetime, limit: float, phrase: str) -> None:
    assert forecast_until(limit, points_of(UNEVEN, now, every_days=4), now).phrase == phrase


def test_the_middle_of_the_range_follows_the_median_slope() -> None:
    forecast = forecast_until(40, points_of(UNEVEN, every_days=4), NOW)
    assert (forecast.days, forecast.earliest, forecast.latest) == pytest.approx((20 / 1.25, 20 / 2, 20 / 0.5))
    assert forecast.date == date(2026, 12, 30)


def test_slow_growth_beyond_five_years_names_no_latest_day() -> None:
    forecast = forecast_until(1020, points_of(UNEVEN, every_days=4), NOW)
    assert forecast.latest is None
    assert forecast.days == pytest.approx(800)


def test_a_limit_far_beyond_five_years_is_nothing_to_fear() -> None:
    forecast = forecast_until(1_000_000, points_of(line(30, 1, 100)), NOW)
    assert (forecast.days, forecast.phrase, forecast.enough) == (None, "", True)


@pytest.mark.parametrize("growth", [0, -3])
def test_flat_or_shrinking_is_nothing_to_fear(growth: float) -> None:
    forecast = forecast_until(500, points_of(line(30, growth, 300)), NOW)
    assert (forecast.days, forecast.date, forecast.phrase, forecast.enough) == (None, None, "", True)


def test_growth_within_the_noise_is_nothing_to_fear() -> None:
    wobbling = [(300, 320, 305, 290, 315)[place % 5] + 0.01 * place for place in range(30)]
    assert forecast_until(330, points_of(wobbling), NOW).days is None


@pytest.mark.parametrize(
    ("days", "every_days", "enough"),
    [(14, 1, False), (15, 1, True), (4, 10, False), (5, 3.5, True), (5, 3.4, False), (0, 1, False), (1, 1, False)],
)
def test_a_forecast_needs_five_points_over_fourteen_days(days: int, every_days: float, enough: bool) -> None:
    forecast = forecast_until(500, points_of(line(days, 10, 300), every_days=every_days), NOW)
    assert forecast.enough is enough
    assert (forecast.phrase == NOT_ENOUGH) is not enough
    assert (forecast.days is None) is not enough


@pytest.mark.parametrize("long_ago", [25, 40, 300, 9000])
@pytest.mark.parametrize("trials", [1, 2])
def test_a_trial_long_before_or_a_clock_that_was_wrong_makes_no_history(long_ago: int, trials: int) -> None:
    early = [Point(NOW - timedelta(days=long_ago + place), 100.0) for place in range(trials)]
    busy = forecast_until(500, [*early, *points_of(line(10, 20, 400))], NOW)
    assert (busy.days, busy.enough) == (None, False)
    assert forecast_until(500, [*early, *points_of(line(20, 20, 400))], NOW).days == pytest.approx(5)


def test_a_look_a_month_is_history_and_so_is_one_that_was_left_out() -> None:
    monthly = points_of(line(12, 10, 300), every_days=30)
    assert forecast_until(400, monthly, NOW).days == pytest.approx(300)
    assert forecast_until(400, [*monthly[:9], *monthly[11:]], NOW).days == pytest.approx(300)


def test_a_holiday_does_not_end_a_history() -> None:
    days = points_of(line(80, 10, 300))
    assert forecast_until(500, [*days[:20], *days[50:]], NOW).days == pytest.approx(20)


def test_many_measurements_of_one_day_count_as_its_last() -> None:
    daily = points_of(line(21, 10, 300))
    noisy = [Point(point.when - timedelta(minutes=minutes), 9999) for point in daily for minutes in (1, 30, 600)]
    assert forecast_until(500, [*noisy, *daily], NOW) == forecast_until(500, daily, NOW)


def test_a_clean_up_starts_a_new_series() -> None:
    recent = line(20, 10, 300)
    before = line(40, 10, 600)
    forecast = forecast_until(700, points_of([*before, *recent]), NOW)
    assert forecast.days == pytest.approx(40)


def test_soon_after_a_clean_up_there_is_not_enough_history() -> None:
    for days_since in (2, 3, 14):
        forecast = forecast_until(700, points_of([*line(40, 10, 600), *line(days_since, 10, 300)]), NOW)
        assert (forecast.days, forecast.enough) == (None, False)


def test_of_two_clean_ups_far_apart_the_last_one_counts() -> None:
    forecast = forecast_until(700, points_of([*line(60, 10, 650), *line(60, 10, 640), *line(30, 10, 300)]), NOW)
    assert forecast.days == pytest.approx(40)


def test_data_moved_in_once_is_not_growth() -> None:
    forecast = forecast_until(2000, points_of([*line(20, 1, 100), *line(20, 1, 1000)]), NOW)
    assert forecast.days == pytest.approx(1000)


def test_growth_by_monthly_leaps_is_growth() -> None:
    leaps = [100 + 60 * (day // 30) for day in range(150)]
    forecast = forecast_until(460, points_of(leaps), NOW)
    # Two units a day in the long run; the level is 340.
    assert forecast.days == pytest.approx(60, rel=0.15)


def test_a_weekly_rhythm_of_growth_and_tidying_is_seen_as_a_whole() -> None:
    weekly = [200 + day // 7 * 14 + day % 7 * 20 for day in range(84)]
    forecast = forecast_until(1000, points_of(weekly), NOW)
    # Twenty a day within the week, fourteen a week in the long run; the middle of the last week lies at 200 + 11 x 14 + 60.
    assert forecast.enough
    assert forecast.days == pytest.approx((1000 - 414) / 2, rel=0.1)


JITTER = (0.0, 1.0, -1.0, 0.5, -0.5)


def jittering(values: Sequence[float]) -> list[float]:
    return [value + JITTER[place % 5] for place, value in enumerate(values)]


@pytest.mark.parametrize("days_since", [17, 30, 90])
def test_what_has_stopped_growing_is_nothing_to_fear(days_since: int) -> None:
    # A recorder of pictures that now overwrites its oldest ones: 10 a day for three months, then no more.
    values = jittering([*line(90, 10, 600), *[600.0] * days_since])
    forecast = forecast_until(700, points_of(values), NOW)
    assert (forecast.days, forecast.phrase, forecast.enough) == (None, "", True)


def test_a_forecast_moves_away_while_growth_is_stopping() -> None:
    # 100 units are left: ten days at the growth of the last three months, which ended eleven days ago.
    values = jittering([*line(90, 10, 600), *[600.0] * 11])
    days = forecast_until(700, points_of(values), NOW).days
    assert days is None or days > 14


@pytest.mark.parametrize("days_since", [15, 30, 60])
def test_what_began_to_grow_is_forecast_by_its_new_growth(days_since: int) -> None:
    values = jittering([*[100.0] * 90, *line(days_since, 10, 100 + 10 * days_since)])
    forecast = forecast_until(300 + 10 * days_since, points_of(values), NOW)
    assert forecast.days == pytest.approx(20, rel=0.1)


def test_a_busy_fortnight_like_those_before_does_not_hurry_a_forecast() -> None:
    # By turns 15 days at 2 a day and 15 days at none, six times: 1 a day in the long run; the newest fortnight was a busy one.
    steps = [0.0 if day // 15 % 2 == 0 else 2.0 for day in range(180)]
    forecast = forecast_until(280, points_of([sum(steps[: day + 1]) for day in range(180)]), NOW)
    assert forecast.days == pytest.approx(100, rel=0.15)


def test_a_drop_seen_once_on_the_last_day_does_not_bend_the_forecast() -> None:
    forecast = forecast_until(500, points_of([*line(30, 10, 290), 1]), NOW)
    assert forecast.days == pytest.approx(20)


def test_points_later_than_now_are_ignored() -> None:
    later = [Point(NOW + timedelta(days=day), 1e6) for day in range(1, 40)]
    assert forecast_until(500, [*points_of(line(21, 10, 300)), *later], NOW).days == pytest.approx(20)


def test_a_negated_series_falls_to_its_limit() -> None:
    falling = [-value for value in line(21, -2, 60)]
    forecast = forecast_until(-10, points_of(falling), NOW, reached="worn out")
    assert forecast.days == pytest.approx(25)
    assert forecast.phrase == ", worn out on 8 January 2027 at its present growth"


def test_years_of_history_are_cut_to_the_newest_days() -> None:
    flat_years = [0.0] * 300
    forecast = forecast_until(5000, points_of([*flat_years, *line(MOST_DAYS, 10, 2000)]), NOW)
    assert forecast.days == pytest.approx(300)


@pytest.mark.parametrize("limit", [math.nan, math.inf, -math.inf])
def test_a_limit_that_is_no_number_is_nothing_to_fear(limit: float) -> None:
    assert forecast_until(limit, points_of(line(30, 10, 300)), NOW).days is None


any_float = st.floats(allow_nan=True, allow_infinity=True)


@given(days=st.integers(20, 60), growth=st.floats(0.1, 1000), data=st.data(), odd=any_float)
def test_one_odd_day_cannot_bend_a_forecast(days: int, growth: float, data: st.DataObject, odd: float) -> None:
    values = line(days, growth, last=1000 * growth)
    values[data.draw(st.integers(0, days - 1))] = odd
    forecast = forecast_until(1100 * growth, points_of(values), NOW)
    assert forecast.days == pytest.approx(100, rel=1e-6)
    assert forecast.date is not None
    assert abs((forecast.date - date(2027, 3, 24)).days) <= 1


@given(st.lists(st.tuples(st.floats(-500, 0), any_float), max_size=40), any_float)
def test_any_history_gives_an_ordered_range_whatever_its_order(history: list[tuple[float, float]], limit: float) -> None:
    points = [Point(NOW + timedelta(days=day), value) for day, value in history]
    forecast = forecast_until(limit, points, NOW)
    assert forecast == forecast_until(limit, list(reversed(points)), NOW)
    if forecast.days is None:
        assert forecast.date is None
        assert forecast.phrase == ("" if forecast.enough else NOT_ENOUGH)
    else:
        assert forecast.enough
        assert forecast.earliest is not None
        assert 0 <= forecast.earliest <= forecast.days <= (math.inf if forecast.latest is None else forecast.latest)


@given(
    st.dictionaries(st.integers(-300, 0), st.integers(-1000, 1000), min_size=2, max_size=25).map(
        lambda by_day: sorted(by_day.items())
    )
)
def test_the_slope_is_the_median_over_all_pairs(series: list[tuple[int, int]]) -> None:
    slopes = [(second - first) / (late - soon) for (soon, first), (late, second) in combinations(series, 2)]
    slow, growth, fast = slope_interval([day for day, _ in series], [value for _, value in series])
    assert growth == pytest.approx(median(slopes))
    assert slow <= growth <= fast


@given(st.lists(st.integers(0, 100), min_size=15, max_size=40), st.integers(-8, 8))
def test_the_unit_of_the_values_does_not_matter(values: list[int], power: int) -> None:
    unit = 2.0**power
    plain = forecast_until(150, points_of([float(value) for value in values]), NOW)
    scaled = forecast_until(150 * unit, points_of([value * unit for value in values]), NOW)
    assert scaled == plain
