//! Dates, relative times and durations as people write them.
//!
//! Fixed lengths for units (a day is 24 hours, a month 30 days, a year 365), calendar days where a day is named.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// A moment, or a stretch such as a day; Unix milliseconds, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Moment(i64),
    Stretch { start: i64, end: i64 },
}

const UNITS: &[(&[&str], i64)] = &[
    (&["ms", "millisecond", "milliseconds"], 1),
    (&["s", "sec", "secs", "second", "seconds"], 1_000),
    (&["m", "min", "mins", "minute", "minutes"], 60_000),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600_000),
    (&["d", "day", "days"], 86_400_000),
    (&["w", "week", "weeks"], 604_800_000),
    (&["mo", "month", "months"], 2_592_000_000),
    (&["y", "yr", "year", "years"], 31_536_000_000),
];

/// The milliseconds of a unit of time.
pub(super) fn unit_ms(word: &str) -> Option<i64> {
    UNITS.iter().find(|(names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(word))).map(|(_, ms)| *ms)
}

/// A duration such as `90s`, `1.5h`, `10 minutes` or `-7d`, in milliseconds.
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits_end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'))).unwrap_or(text.len());
    let digits = text.get(..digits_end)?;
    let unit = unit_ms(text.get(digits_end..)?.trim())?;
    if let Ok(amount) = digits.parse::<i64>() {
        return amount.checked_mul(unit);
    }
    let amount: f64 = digits.parse().ok()?;
    let ms = (amount * unit as f64).round();
    (ms.abs() < 9e18).then_some(ms as i64)
}

/// A point or stretch of time, relative to `now` and in its time zone.
pub(super) fn parse_when(text: &str, now: &Zoned) -> Option<When> {
    let text = text.trim();
    let lower = text.to_lowercase();
    let now_ms = now.timestamp().as_millisecond();
    let words: Vec<&str> = lower.split_whitespace().collect();
    match words.as_slice() {
        ["now"] => return Some(When::Moment(now_ms)),
        ["today"] => return day(now.date(), now.time_zone()),
        ["yesterday"] => return day(now.date().yesterday().ok()?, now.time_zone()),
        ["last" | "past", rest @ ..] | [rest @ .., "ago"] if !rest.is_empty() => {
            return Some(When::Moment(now_ms.checked_sub(length_of(rest)?)?));
        }
        _ => {}
    }
    if lower.starts_with('-')
        && let Some(ms) = parse_duration(&lower)
    {
        return Some(When::Moment(now_ms.checked_add(ms)?));
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(When::Moment(timestamp.as_millisecond()));
    }
    if text.contains(':') {
        let moment = text.parse::<DateTime>().ok()?.to_zoned(now.time_zone().clone()).ok()?;
        return Some(When::Moment(moment.timestamp().as_millisecond()));
    }
    if let Ok(date) = text.parse::<Date>() {
        return day(date, now.time_zone());
    }
    month(text, now.time_zone())
}

/// The length that `7 days`, `7d`, `week` mean, without a sign.
fn length_of(words: &[&str]) -> Option<i64> {
    let ms = match words {
        [unit] => unit_ms(unit).or_else(|| parse_duration(unit)),
        [amount, unit] => parse_duration(&format!("{amount}{unit}")),
        _ => None,
    }?;
    (ms >= 0).then_some(ms)
}

fn day(date: Date, zone: &TimeZone) -> Option<When> {
    stretch(date, date.tomorrow().ok()?, zone)
}

/// `2026-05`.
fn month(text: &str, zone: &TimeZone) -> Option<When> {
    let (year, month) = text.split_once('-')?;
    if year.len() != 4 || month.len() != 2 {
        return None;
    }
    let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
    stretch(first, first.checked_add(Span::new().try_months(1).ok()?).ok()?, zone)
}

fn stretch(start: Date, end: Date, zone: &TimeZone) -> Option<When> {
    let ms = |date: Date| Some(date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond());
    Some(When::Stretch { start: ms(start)?, end: ms(end)? })
}
