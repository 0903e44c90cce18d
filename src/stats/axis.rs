//! Where an axis puts its ticks and what it writes there.
//!
//! Ticks are round numbers of the axis's own unit (1-2-5, decades, clock and calendar units); labels carry just enough
//! digits to tell neighbours apart.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Unit};

/// A tick: its place in plot coordinates and its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub label: String,
}

/// The unit that an axis counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AxisKind {
    #[default]
    Linear,
    /// Whole numbers, such as steps: no ticks between them.
    Integer,
    /// Plot coordinates are log10 of the value.
    Log10,
    /// Seconds of elapsed time.
    Duration,
    /// Plot coordinates are log10 of seconds.
    LogDuration,
    /// Unix milliseconds, shown in UTC.
    Time,
}

/// Ticks for the range `lo..=hi` in plot coordinates, at most about `max_ticks` of them.
pub fn ticks(kind: AxisKind, lo: f64, hi: f64, max_ticks: usize) -> Vec<Tick> {
    let max_ticks = max_ticks.clamp(2, 100);
    if !((hi - lo).is_finite() && hi > lo) {
        return if lo.is_finite() { vec![Tick { at: lo, label: single_label(kind, lo) }] } else { Vec::new() };
    }
    match kind {
        AxisKind::Linear => linear(lo, hi, nice_step((hi - lo) / max_ticks as f64)),
        AxisKind::Integer => linear(lo, hi, nice_step((hi - lo) / max_ticks as f64).max(1.0)),
        AxisKind::Log10 | AxisKind::LogDuration => log10(lo, hi, max_ticks, kind),
        AxisKind::Duration => durations(lo, hi, max_ticks),
        AxisKind::Time => times(lo, hi, max_ticks),
    }
}

fn single_label(kind: AxisKind, at: f64) -> String {
    match kind {
        AxisKind::Linear | AxisKind::Integer => plain(at, 0.0),
        AxisKind::Log10 => plain(10_f64.powf(at), 0.0),
        AxisKind::Duration => duration_label(at, 0.001),
        AxisKind::LogDuration => duration_label(10_f64.powf(at), 0.001),
        AxisKind::Time => time_label(at as i64, TimeStep::Millis(1), true),
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `rough`.
pub fn nice_step(rough: f64) -> f64 {
    if !(rough.is_finite() && rough > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999_999)
        .unwrap_or(10.0 * power)
}

fn linear(lo: f64, hi: f64, step: f64) -> Vec<Tick> {
    multiples(lo, hi, step).map(|at| Tick { at, label: plain(at, step) }).collect()
}

/// The multiples of `step` within the range, computed by index so that rounding does not pile up.
fn multiples(lo: f64, hi: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (lo / step - 1e-9).ceil();
    let last = (hi / step + 1e-9).floor();
    let count = if last >= first { ((last - first) as usize).saturating_add(1) } else { 0 };
    (0..count.min(200)).map(move |index| {
        let at = (first + index as f64) * step;
        // -0 and the dust of 3 × 0.1.
        if at.abs() < step * 1e-9 { 0.0 } else { at }
    })
}

/// A number with as many decimals as its tick distance needs (`0`: as many as the number itself needs).
fn plain(value: f64, step: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..6.0).contains(&magnitude) {
        let digits = if step > 0.0 { (magnitude - step.log10().floor()).clamp(0.0, 15.0) as usize } else { 3 };
        return trim_exponent(&format!("{value:.digits$e}"));
    }
    let decimals = if step > 0.0 { (-step.log10().floor()).clamp(0.0, 12.0) as usize } else { 6 };
    let text = format!("{value:.decimals$}");
    let text = if step > 0.0 { text } else { trim_zeros(&text) };
    group_thousands(&text)
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// `1.50e7` becomes `1.5e7`.
fn trim_exponent(text: &str) -> String {
    match text.split_once('e') {
        Some((mantissa, exponent)) => format!("{}e{exponent}", trim_zeros(mantissa)),
        None => text.to_owned(),
    }
}

/// Puts commas between the thousands of the whole part.
pub fn group_thousands(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = rest.find('.').map_or((rest, ""), |dot| rest.split_at(dot));
    let mut grouped = String::with_capacity(text.len() + whole.len() / 3);
    grouped.push_str(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.push_str(fraction);
    grouped
}

fn log10(lo: f64, hi: f64, max_ticks: usize, kind: AxisKind) -> Vec<Tick> {
    let label = |value: f64| match kind {
        AxisKind::LogDuration => duration_label(value, value.min(1.0)),
        _ => power_label(value),
    };
    let decades = hi - lo;
    if decades < 0.7 {
        // Less than a factor of five: decades say nothing, so round values at their logarithmic places.
        let (low, high) = (10_f64.powf(lo), 10_f64.powf(hi));
        let step = nice_step((high - low) / max_ticks as f64);
        return multiples(low, high, step)
            .filter(|value| *value > 0.0)
            .map(|value| Tick { at: value.log10(), label: plain(value, step) })
            .collect();
    }
    let every = (decades / max_ticks as f64).ceil().max(1.0);
    let factors: &[f64] = match max_ticks as f64 / decades {
        per if per >= 5.0 => &[1.0, 2.0, 5.0],
        per if per >= 3.0 => &[1.0, 3.0],
        _ => &[1.0],
    };
    let first = (lo.floor() / every).floor() * every;
    let mut ticks = Vec::new();
    let mut exponent = first;
    while exponent <= hi + 1e-9 && ticks.len() < 200 {
        for factor in factors {
            let at = exponent + factor.log10();
            if at >= lo - 1e-9 && at <= hi + 1e-9 {
                ticks.push(Tick { at, label: label(factor * 10_f64.powf(exponent)) });
            }
        }
        exponent += every;
    }
    ticks
}

/// A number on a logarithmic axis: plain where that is short, else `1e-5`.
fn power_label(value: f64) -> String {
    if (1e-3..1e5).contains(&value) { plain(value, 0.0) } else { trim_exponent(&format!("{value:.0e}")) }
}

const SECOND: f64 = 1.0;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// Steps of elapsed time above a second; below it the steps are decimal.
const DURATION_STEPS: [f64; 21] = [
    SECOND, 2.0, 5.0, 10.0, 15.0, 30.0, MINUTE, 120.0, 300.0, 600.0, 900.0, 1800.0, HOUR, 7200.0, 10_800.0, 21_600.0,
    43_200.0, DAY, 172_800.0, 432_000.0, 864_000.0,
];

fn durations(lo: f64, hi: f64, max_ticks: usize) -> Vec<Tick> {
    let rough = (hi - lo) / max_ticks as f64;
    let step = if rough < SECOND {
        nice_step(rough)
    } else {
        DURATION_STEPS.into_iter().find(|step| *step >= rough).unwrap_or_else(|| nice_step(rough / DAY) * DAY)
    };
    multiples(lo, hi, step).map(|at| Tick { at, label: duration_label(at, step) }).collect()
}

/// Elapsed seconds in the largest two units that matter: `45 s`, `1 min 30 s`, `2 h`, `3 d 12 h`.
pub fn duration_label(seconds: f64, step: f64) -> String {
    if seconds == 0.0 {
        return "0".to_owned();
    }
    let (sign, seconds) = if seconds < 0.0 { ("-", -seconds) } else { ("", seconds) };
    if seconds < MINUTE {
        let (value, step, unit) =
            if seconds < SECOND { (seconds * 1e3, step * 1e3, "ms") } else { (seconds, step, "s") };
        return format!("{sign}{} {unit}", trim_zeros(&plain(value, step.min(1.0))));
    }
    let whole = seconds.round() as u64;
    let (days, hours, minutes, secs) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    let parts = [(days, "d"), (hours, "h"), (minutes, "min"), (secs, "s")];
    let text: Vec<String> = parts
        .iter()
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    format!("{sign}{}", text.join(" "))
}

#[derive(Clone, Copy, PartialEq)]
enum TimeStep {
    Millis(i64),
    Days(i64),
    Months(i64),
}

/// The years −9999 to 9999, which is as far as calendars go here.
const CALENDAR_MS: (f64, f64) = (-377_705_023_201_000.0, 253_402_207_200_000.0);

fn times(lo: f64, hi: f64, max_ticks: usize) -> Vec<Tick> {
    let (lo, hi) = (lo.max(CALENDAR_MS.0), hi.min(CALENDAR_MS.1));
    if lo >= hi {
        return Vec::new();
    }
    let rough = (hi - lo) / max_ticks as f64;
    let step = time_step(rough);
    let (lo, hi) = (lo.ceil() as i64, hi.floor() as i64);
    let mut ticks = Vec::new();
    let mut at = first_at(lo, step);
    while let Some(ms) = at.filter(|ms| *ms <= hi) {
        if ms >= lo {
            ticks.push(Tick { at: ms as f64, label: time_label(ms, step, ticks.is_empty()) });
        }
        at = next_at(ms, step).filter(|_| ticks.len() < 200);
    }
    ticks
}

fn time_step(rough_ms: f64) -> TimeStep {
    const DAY_MS: f64 = DAY * 1e3;
    if rough_ms < 1e3 {
        return TimeStep::Millis(nice_step(rough_ms.max(1.0)) as i64);
    }
    if rough_ms <= 43_200e3 {
        let seconds = DURATION_STEPS.into_iter().find(|step| step * 1e3 >= rough_ms).unwrap_or(DAY);
        return TimeStep::Millis((seconds * 1e3) as i64);
    }
    let days = rough_ms / DAY_MS;
    if days <= 14.0 {
        return TimeStep::Days([1, 2, 7, 14].into_iter().find(|step| *step as f64 >= days).unwrap_or(14));
    }
    let months = days / 30.4;
    if months <= 6.0 {
        return TimeStep::Months([1, 2, 3, 6].into_iter().find(|step| *step as f64 >= months).unwrap_or(6));
    }
    TimeStep::Months(12 * nice_step(months / 12.0).max(1.0) as i64)
}

fn date_of(ms: i64) -> Option<Date> {
    Some(Timestamp::from_millisecond(ms).ok()?.to_zoned(TimeZone::UTC).date())
}

fn ms_of(date: Date) -> Option<i64> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

fn first_at(lo: i64, step: TimeStep) -> Option<i64> {
    match step {
        TimeStep::Millis(step) => Some(lo.div_euclid(step) * step),
        TimeStep::Days(step) => Some(lo.div_euclid(86_400_000 * step) * 86_400_000 * step),
        TimeStep::Months(step) => {
            let date = date_of(lo)?;
            let months = (i64::from(date.year()) * 12 + i64::from(date.month()) - 1).div_euclid(step) * step;
            ms_of(Date::new(months.div_euclid(12) as i16, months.rem_euclid(12) as i8 + 1, 1).ok()?)
        }
    }
}

fn next_at(ms: i64, step: TimeStep) -> Option<i64> {
    match step {
        TimeStep::Millis(step) => ms.checked_add(step),
        TimeStep::Days(step) => ms.checked_add(86_400_000 * step),
        TimeStep::Months(step) => ms_of(date_of(ms)?.checked_add(Span::new().months(step)).ok()?),
    }
}

/// What a time tick says; the first of an axis, and each midnight, carry the date.
fn time_label(ms: i64, step: TimeStep, first: bool) -> String {
    let Ok(timestamp) = Timestamp::from_millisecond(ms) else { return String::new() };
    let time = timestamp.to_zoned(TimeZone::UTC);
    let midnight = time.round(Unit::Day).is_ok_and(|rounded| rounded == time);
    let format = match step {
        TimeStep::Months(step) if step % 12 == 0 => "%Y",
        TimeStep::Months(_) => "%b %Y",
        TimeStep::Days(_) if first => "%-d %b %Y",
        TimeStep::Days(_) => "%-d %b",
        TimeStep::Millis(_) if midnight => "%-d %b",
        TimeStep::Millis(step) if step >= 60_000 && first => "%-d %b %H:%M",
        TimeStep::Millis(step) if step >= 60_000 => "%H:%M",
        TimeStep::Millis(step) if step >= 1000 => "%H:%M:%S",
        TimeStep::Millis(_) => "%H:%M:%S%.3f",
    };
    time.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(kind: AxisKind, lo: f64, hi: f64, max: usize) -> String {
        ticks(kind, lo, hi, max).into_iter().map(|tick| tick.label).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn linear_ticks_are_round_and_evenly_written() {
        assert_eq!(labels(AxisKind::Linear, 0.0, 1.0, 5), "0 | 0.2 | 0.4 | 0.6 | 0.8 | 1.0");
        assert_eq!(labels(AxisKind::Linear, -0.03, 0.11, 4), "0 | 0.05 | 0.10");
        assert_eq!(labels(AxisKind::Linear, 0.0, 100_000.0, 4), "0 | 50,000 | 100,000");
        assert_eq!(labels(AxisKind::Linear, 1e-7, 5e-7, 4), "1e-7 | 2e-7 | 3e-7 | 4e-7 | 5e-7");
    }

    #[test]
    fn steps_have_no_ticks_between_whole_numbers() {
        assert_eq!(labels(AxisKind::Integer, 0.0, 3.0, 10), "0 | 1 | 2 | 3");
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        assert_eq!(labels(AxisKind::Log10, -6.0, 0.0, 8), "1e-6 | 1e-5 | 1e-4 | 0.001 | 0.01 | 0.1 | 1");
        assert_eq!(labels(AxisKind::Log10, 0.0, 1.0, 6), "1 | 2 | 5 | 10");
        assert_eq!(labels(AxisKind::Log10, 2.0_f64.log10(), 4.0_f64.log10(), 5), "2.0 | 2.5 | 3.0 | 3.5 | 4.0");
    }

    #[test]
    fn elapsed_time_uses_clock_units() {
        assert_eq!(labels(AxisKind::Duration, 0.0, 100.0, 5), "0 | 30 s | 1 min | 1 min 30 s");
        assert_eq!(labels(AxisKind::Duration, 0.0, 0.4, 4), "0 | 100 ms | 200 ms | 300 ms | 400 ms");
        assert_eq!(labels(AxisKind::Duration, 0.0, 200_000.0, 5), "0 | 12 h | 1 d | 1 d 12 h | 2 d");
        assert_eq!(duration_label(3_661.0, 1.0), "1 h 1 min");
        assert_eq!(duration_label(12.5, 0.1), "12.5 s");
    }

    #[test]
    fn dates_are_written_once_and_at_midnight() {
        let noon = 1_700_049_600_000.0; // 15 November 2023, 12:00 UTC
        assert_eq!(labels(AxisKind::Time, noon, noon + 86_400e3, 4), "15 Nov 12:00 | 18:00 | 16 Nov | 06:00 | 12:00");
        assert_eq!(labels(AxisKind::Time, noon, noon + 4e3, 4), "12:00:00 | 12:00:01 | 12:00:02 | 12:00:03 | 12:00:04");
        assert_eq!(labels(AxisKind::Time, noon, noon + 86_400e3 * 100.0, 4), "Dec 2023 | Jan 2024 | Feb 2024");
    }

    #[test]
    fn a_point_or_nonsense_is_no_endless_loop() {
        assert_eq!(labels(AxisKind::Linear, 3.0, 3.0, 5), "3");
        assert_eq!(ticks(AxisKind::Linear, f64::NAN, 1.0, 5), Vec::new());
        assert!(ticks(AxisKind::Linear, -1e308, 1e308, 5).len() <= 200);
        assert!(ticks(AxisKind::Time, -1e300, 1e300, 5).len() <= 200);
    }

    proptest! {
        #[test]
        fn ticks_lie_in_the_range_in_order_and_are_few(
            lo in -1e9..1e9_f64, span in 1e-6..1e9_f64, max in 2..20_usize,
            kind in prop::sample::select(vec![AxisKind::Linear, AxisKind::Integer, AxisKind::Duration, AxisKind::Time]),
        ) {
            let hi = lo + span;
            let ticks = ticks(kind, lo, hi, max);
            prop_assert!(ticks.len() <= max + 2, "{} ticks", ticks.len());
            prop_assert!(ticks.is_sorted_by(|a, b| a.at < b.at));
            for tick in ticks {
                prop_assert!(tick.at >= lo - span * 1e-6 && tick.at <= hi + span * 1e-6);
                prop_assert!(!tick.label.is_empty());
            }
        }
    }
}
