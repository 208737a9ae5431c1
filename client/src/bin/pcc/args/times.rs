//! Times as they are typed.

use std::time::Duration;

/// When an agent sleeps by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SleepAfter {
    /// When the server says.
    Default,
    Never,
    Seconds(i64),
}

pub(super) fn sleep_after(text: &str) -> Result<SleepAfter, String> {
    match text {
        "default" => return Ok(SleepAfter::Default),
        "never" => return Ok(SleepAfter::Never),
        _ => {}
    }
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("must be a number with s, m, h or d behind it, or never, or default".to_owned()),
    };
    let seconds = digits.parse::<i64>().ok().and_then(|number| number.checked_mul(unit));
    // What the server takes is the server's to say.
    match seconds.filter(|seconds| (1..=i64::from(i32::MAX)).contains(seconds)) {
        Some(seconds) => Ok(SleepAfter::Seconds(seconds)),
        None => Err("must be a number with s, m, h or d behind it, or never, or default".to_owned()),
    }
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    match Duration::try_from_secs_f64(seconds) {
        // A longer one would be past what the clock can add.
        Ok(duration) if duration <= Duration::from_secs(366 * 86_400) => Ok(duration),
        _ => Err("must be between 0 and a year".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_to_sleep_after() {
        assert_eq!(sleep_after("90s"), Ok(SleepAfter::Seconds(90)));
        assert_eq!(sleep_after("2h"), Ok(SleepAfter::Seconds(7_200)));
        assert_eq!(sleep_after("never"), Ok(SleepAfter::Never));
        assert_eq!(sleep_after("default"), Ok(SleepAfter::Default));
        for text in ["", "30", "m", "-1m", "0s", "1.5h", "9999999999d", "30 m", "é"] {
            assert!(sleep_after(text).is_err(), "{text:?}");
        }
    }
}
