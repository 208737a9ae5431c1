//! The scenarios. To add one: a file here with a `pub const SCENARIO: Scenario`, and its line in [`ALL`].
//!
//! A scenario makes its database ([`Bench::database`]), puts rows in ([`crate::rows`]), starts the server
//! ([`Bench::start`]), loads it, and returns figures. It repeats what it measures, so that a figure has a spread.

mod agents;
mod answer;
mod append;
mod fan_out;
mod idle;
mod inbox;
mod page;
mod session;
mod start;
mod subscriptions;
mod workspace;

use std::{future::Future, pin::Pin};

use crate::{Bench, figure::Figure};

pub type Running<'a> = Pin<Box<dyn Future<Output = anyhow::Result<Vec<Figure>>> + 'a>>;

pub struct Scenario {
    /// As on the command line.
    pub name: &'static str,
    /// One line.
    pub about: &'static str,
    pub run: fn(&Bench) -> Running<'_>,
}

pub const ALL: &[&Scenario] = &[
    &idle::SCENARIO,
    &start::SCENARIO,
    &page::SCENARIO,
    &inbox::SCENARIO,
    &session::SCENARIO,
    &append::SCENARIO,
    &fan_out::SCENARIO,
    &subscriptions::SCENARIO,
    &answer::SCENARIO,
    &agents::SCENARIO,
    &workspace::SCENARIO,
];
