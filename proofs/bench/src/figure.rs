//! What a scenario reports: figures with their number, middle and spread, as a table and as JSON.

use std::{fs, path::Path, time::Duration};

use anyhow::Context;
use serde::Serialize;

use crate::{database::Kind, machine::Machine};

#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What was measured, with its sizes.
    pub what: String,
    /// `None` where no database is involved, or it does not matter which.
    pub database: Option<Kind>,
    pub unit: &'static str,
    /// How many samples the middle and the spread are of.
    pub n: usize,
    pub median: f64,
    pub min: f64,
    pub max: f64,
    /// What it should be, where that was said: `<= 60` or `>= 1200`.
    pub goal: Option<Goal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    /// A figure of several runs.
    pub fn of(what: impl Into<String>, unit: &'static str, samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            what: what.into(),
            database: None,
            unit,
            n: sorted.len(),
            median: quantile(&sorted, 0.5),
            min: sorted.first().copied().unwrap_or(f64::NAN),
            max: sorted.last().copied().unwrap_or(f64::NAN),
            goal: None,
        }
    }

    pub fn on(mut self, kind: Kind) -> Self {
        self.database = Some(kind);
        self
    }

    pub fn at_most(mut self, most: f64) -> Self {
        self.goal = Some(Goal::AtMost(most));
        self
    }

    pub fn at_least(mut self, least: f64) -> Self {
        self.goal = Some(Goal::AtLeast(least));
        self
    }

    /// Whether the median reaches the goal; `None` without one.
    pub fn is_reached(&self) -> Option<bool> {
        self.goal.map(|goal| match goal {
            Goal::AtMost(most) => self.median <= most,
            Goal::AtLeast(least) => self.median >= least,
        })
    }
}

/// The value below which this part of the sorted samples lies, by the nearest rank.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank"
)]
pub fn quantile(sorted: &[f64], part: f64) -> f64 {
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

/// The same of durations in any order, in milliseconds.
pub fn quantile_ms(durations: &[Duration], part: f64) -> f64 {
    let mut sorted: Vec<f64> = durations.iter().map(|time| time.as_secs_f64() * 1e3).collect();
    sorted.sort_by(f64::total_cmp);
    quantile(&sorted, part)
}

pub fn table(figures: &[Figure]) -> String {
    let width = figures.iter().map(|figure| figure.what.len()).max().unwrap_or(0);
    let rows = figures.iter().map(|figure| {
        let goal = match figure.goal {
            None => String::new(),
            Some(Goal::AtMost(most)) => format!("<= {most}"),
            Some(Goal::AtLeast(least)) => format!(">= {least}"),
        };
        let verdict = match figure.is_reached() {
            Some(false) => "missed",
            _ => "",
        };
        format!(
            "{:width$}  {:8}  {:>3}  {:>11}  {:>21}  {:9}  {goal:9} {verdict}",
            figure.what,
            figure.database.map_or("", Kind::name),
            figure.n,
            number(figure.median),
            format!("{} – {}", number(figure.min), number(figure.max)),
            figure.unit,
        )
        .trim_end()
        .to_owned()
    });
    let head = format!(
        "{:width$}  {:8}  {:>3}  {:>11}  {:>21}  {:9}  goal",
        "figure", "database", "n", "median", "min – max", "unit"
    );
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

fn number(value: f64) -> String {
    match value.abs() {
        1000.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A whole run.
#[derive(Serialize)]
pub struct Report {
    machine: Machine,
    /// Sizes were a tenth: not to be compared with anything.
    quick: bool,
    scenarios: Vec<(&'static str, Vec<Figure>)>,
}

impl Report {
    pub fn new(machine: Machine, quick: bool) -> Self {
        Self {
            machine,
            quick,
            scenarios: Vec::new(),
        }
    }

    pub fn add(&mut self, scenario: &'static str, figures: Vec<Figure>) {
        self.scenarios.push((scenario, figures));
    }

    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(file, text + "\n").with_context(|| format!("cannot write {}", file.display()))
    }

    pub fn table(&self) -> String {
        let figures: Vec<_> = self
            .scenarios
            .iter()
            .flat_map(|(_, figures)| figures.iter().cloned())
            .collect();
        format!("{}\n\n{}", self.machine, table(&figures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_sample() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(quantile(&sorted, 0.5), 50.0);
        assert_eq!(quantile(&sorted, 0.99), 99.0);
        assert_eq!(quantile(&sorted[..1], 0.99), 1.0);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn a_missed_goal_is_said() {
        let slow = Figure::of("page", "req/s", &[900.0, 1000.0, 1100.0]).at_least(1200.0);
        assert_eq!(slow.is_reached(), Some(false));
        assert!(table(std::slice::from_ref(&slow)).contains("missed"));
        assert!(!table(&[slow.at_least(1000.0)]).contains("missed"));
    }
}
