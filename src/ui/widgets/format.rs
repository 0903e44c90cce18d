//! Numbers, sizes, durations and times as people read them. Pure: the clock and the time zone come in as arguments.
//!
//! What is shown may be rounded; `full` is the value to the last bit and belongs on hover and in the clipboard.

use jiff::{Timestamp, tz::TimeZone};

/// The sign of negative numbers on screen: as wide as a figure, unlike the hyphen.
const MINUS: char = '\u{2212}';

/// An integer with its thousands separated: `12,345`.
pub fn integer(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { MINUS.to_string() } else { String::new() };
    sign + &group(&digits)
}

/// A count with its thousands separated.
pub fn count(value: usize) -> String {
    group(&value.to_string())
}

/// A count with its noun: `1 run`, `1,204 runs`.
pub fn counted(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

fn group(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn not_finite(value: f64) -> Option<&'static str> {
    if value.is_nan() {
        Some("NaN")
    } else if value == f64::INFINITY {
        Some("∞")
    } else if value == f64::NEG_INFINITY {
        Some("\u{2212}∞")
    } else {
        None
    }
}

/// A number to so many significant digits: `0.9437`, `12,346`, `1.23e-7`. Zeros that say nothing are left out.
pub fn significant(value: f64, digits: usize) -> String {
    if let Some(word) = not_finite(value) {
        return word.to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let digits = digits.clamp(1, 17);
    // The exponent after rounding: 9.9996 to four digits is 10.00.
    let scientific = format!("{:.*e}", digits - 1, value.abs());
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if value < 0.0 { MINUS.to_string() } else { String::new() };
    if (-5..15).contains(&exponent) {
        let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
        let plain = format!("{:.*}", decimals, value.abs());
        return sign + &group_decimal(trim_zeros(&plain));
    }
    format!("{sign}{}e{exponent}", trim_zeros(mantissa))
}

/// A number with exactly so many decimals, for columns that line up: `1,204.50`.
pub fn fixed(value: f64, decimals: usize) -> String {
    if let Some(word) = not_finite(value) {
        return word.to_owned();
    }
    let plain = format!("{:.*}", decimals.min(17), value.abs());
    let is_zero = plain.bytes().all(|byte| byte == b'0' || byte == b'.');
    let sign = if value < 0.0 && !is_zero { MINUS.to_string() } else { String::new() };
    sign + &group_decimal(&plain)
}

/// The number to the last bit, in a form that any program reads back: `0.1`, `1e-300`, `NaN`, `-Infinity`.
pub fn full(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else if value != 0.0 && !(1e-5..1e16).contains(&value.abs()) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

fn group_decimal(plain: &str) -> String {
    match plain.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", group(whole)),
        None => group(plain),
    }
}

fn trim_zeros(plain: &str) -> &str {
    if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.') } else { plain }
}

/// A share of one as whole percent: `41 %`; never `100 %` before the end.
pub fn percent(share: f32) -> String {
    if share.is_nan() {
        return "NaN".to_owned();
    }
    let share = share.clamp(0.0, 1.0);
    let whole = if share < 1.0 { (share * 100.0).round().min(99.0) } else { 100.0 };
    format!("{whole} %")
}

/// A size of data in decimal units: `512 B`, `1.2 kB`, `3.4 GB`.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if size < 1000 {
        return format!("{size} B");
    }
    let mut value = size as f64 / 1000.0;
    let mut units = UNITS.iter();
    let mut unit = units.next().copied().unwrap_or("kB");
    // 999.95 would be shown as 1000.0.
    while value >= 999.95 {
        let Some(next) = units.next() else { break };
        value /= 1000.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

/// How long something took, to two units: `340 ms`, `4.2 s`, `3 min 12 s`, `2 h 05 min`, `3 d 4 h`.
pub fn duration(millis: i64) -> String {
    let sign = if millis < 0 { MINUS.to_string() } else { String::new() };
    let millis = millis.unsigned_abs();
    let secs = millis / 1000;
    let text = match secs {
        0 => format!("{millis} ms"),
        1..60 => format!("{}.{} s", secs, millis % 1000 / 100),
        60..3600 => format!("{} min {:02} s", secs / 60, secs % 60),
        3600..86_400 => format!("{} h {:02} min", secs / 3600, secs % 3600 / 60),
        _ => format!("{} d {} h", group(&(secs / 86_400).to_string()), secs % 86_400 / 3600),
    };
    sign + &text
}

/// How long ago: `just now`, `5 min ago`, `yesterday`, `12 Mar`, `12 Mar 2024`. Times in Unix milliseconds.
pub fn relative_time(at: i64, now: i64, zone: &TimeZone) -> String {
    let secs = now.saturating_sub(at) / 1000;
    let ago = |value: i64, unit: &str| format!("{value} {unit} ago");
    match secs {
        i64::MIN..=-60 => format!("in {}", duration(at.saturating_sub(now))),
        -59..10 => "just now".to_owned(),
        10..60 => ago(secs, "s"),
        60..3600 => ago(secs / 60, "min"),
        3600..43_200 => ago(secs / 3600, "h"),
        _ => date_or_day(at, now, zone).unwrap_or_else(|| ago(secs / 86_400, "d")),
    }
}

fn date_or_day(at: i64, now: i64, zone: &TimeZone) -> Option<String> {
    let at = Timestamp::from_millisecond(at).ok()?.to_zoned(zone.clone());
    let now = Timestamp::from_millisecond(now).ok()?.to_zoned(zone.clone());
    let days = now.date().since(at.date()).ok()?.get_days();
    Some(match days {
        0 => format!("today, {}", at.strftime("%H:%M")),
        1 => format!("yesterday, {}", at.strftime("%H:%M")),
        2..7 => format!("{days} days ago"),
        _ if at.year() == now.year() => at.strftime("%-d %b").to_string(),
        _ => at.strftime("%-d %b %Y").to_string(),
    })
}

/// A time to the millisecond with its offset from UTC: `2026-11-21 14:03:07.123 +01:00`.
pub fn exact_time(at: i64, zone: &TimeZone) -> String {
    match Timestamp::from_millisecond(at) {
        Ok(timestamp) => timestamp.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f %:z").to_string(),
        Err(_) => format!("{at} ms since 1970"),
    }
}

/// A date and a time of day to the minute: `2026-11-21 14:03`.
pub fn minute_time(at: i64, zone: &TimeZone) -> String {
    match Timestamp::from_millisecond(at) {
        Ok(timestamp) => timestamp.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
        Err(_) => format!("{at} ms since 1970"),
    }
}

/// The first eight characters of an id: enough to tell things apart, the whole is on hover and in the clipboard.
pub fn short_id(id: &str) -> &str {
    id.char_indices().nth(8).map_or(id, |(end, _)| id.get(..end).unwrap_or(id))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn integers_have_their_thousands_separated() {
        for (value, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "−1,234,567")] {
            assert_eq!(integer(value), expected);
        }
        assert_eq!(integer(i64::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(counted(1, "run", "runs"), "1 run");
        assert_eq!(counted(1204, "run", "runs"), "1,204 runs");
        assert_eq!(counted(0, "run", "runs"), "0 runs");
    }

    #[test]
    fn significant_digits_survive_every_size() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (0.943_712, "0.9437"),
            (0.5, "0.5"),
            (12_345.678, "12,346"),
            (9.9996, "10"),
            (0.000_012_345_6, "0.00001235"),
            (1.23e-7, "1.23e-7"),
            (-1.5, "−1.5"),
            (1e15, "1e15"),
            (1e14, "100,000,000,000,000"),
            (1.234_56e300, "1.235e300"),
            (5e-324, "4.941e-324"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "∞"),
            (f64::NEG_INFINITY, "−∞"),
        ];
        for (value, expected) in cases {
            assert_eq!(significant(value, 4), expected, "{value}");
        }
    }

    #[test]
    fn fixed_decimals_line_up() {
        for (value, expected) in [(1204.5, "1,204.50"), (-0.001, "0.00"), (-2.345, "−2.35"), (f64::NAN, "NaN")] {
            assert_eq!(fixed(value, 2), expected, "{value}");
        }
    }

    #[test]
    fn the_full_value_reads_back_to_the_same_bits() {
        for value in [0.1, 1.0 / 3.0, 1e-300, 1e300, 5e-324, f64::MAX, -0.0, 123_456_789.123, 1e16, 1e-5] {
            let back: f64 = full(value).parse().unwrap();
            assert_eq!(back.to_bits(), value.to_bits(), "{value}");
        }
        assert_eq!(full(f64::NAN), "NaN");
        assert_eq!(full(f64::NEG_INFINITY), "-Infinity");
    }

    #[test]
    fn nothing_is_finished_before_it_is() {
        for (share, expected) in
            [(0.0, "0 %"), (0.414, "41 %"), (0.999, "99 %"), (1.0, "100 %"), (-1.0, "0 %"), (7.0, "100 %")]
        {
            assert_eq!(percent(share), expected);
        }
    }

    #[test]
    fn sizes_use_the_largest_unit_that_fits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_960, "1.0 MB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (size, expected) in cases {
            assert_eq!(bytes(size), expected);
        }
    }

    #[test]
    fn durations_have_two_units() {
        let cases = [
            (0, "0 ms"),
            (340, "340 ms"),
            (4250, "4.2 s"),
            (59_999, "59.9 s"),
            (192_000, "3 min 12 s"),
            (7_500_000, "2 h 05 min"),
            (274_000_000, "3 d 4 h"),
            (-340, "−340 ms"),
        ];
        for (millis, expected) in cases {
            assert_eq!(duration(millis), expected, "{millis}");
        }
    }

    #[test]
    fn times_are_told_as_a_person_would() {
        let now = 1_795_269_600_000; // 2026-11-21 14:00 UTC
        let cases = [
            (0, "just now"),
            (-30, "just now"),
            (42, "42 s ago"),
            (300, "5 min ago"),
            (7_300, "2 h ago"),
            (50_000, "today, 00:06"),
            (60_000, "yesterday, 21:20"),
            (86_400 * 3, "3 days ago"),
            (86_400 * 30, "22 Oct"),
            (86_400 * 400, "17 Oct 2025"),
            (-7_200, "in 2 h 00 min"),
        ];
        for (secs, expected) in cases {
            assert_eq!(relative_time(now - secs * 1000, now, &TimeZone::UTC), expected, "{secs}");
        }
    }

    #[test]
    fn exact_times_name_their_offset() {
        assert_eq!(exact_time(1_795_269_600_123, &TimeZone::UTC), "2026-11-21 14:00:00.123 +00:00");
        assert_eq!(minute_time(1_795_269_600_123, &TimeZone::UTC), "2026-11-21 14:00");
        assert_eq!(exact_time(i64::MAX, &TimeZone::UTC), "9223372036854775807 ms since 1970");
    }

    #[test]
    fn short_ids_never_cut_a_character() {
        assert_eq!(short_id("0123456789abcdef"), "01234567");
        assert_eq!(short_id("äöüäöüäöüäöü"), "äöüäöüäö");
        assert_eq!(short_id("abc"), "abc");
    }
}
