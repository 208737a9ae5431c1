//! What agents used.

use anyhow::Result;
use chrono::Local;
use client::types::{ProjectUsage, Usage, UsageOfProject};

use crate::{
    args::Target,
    context::Context,
    output::{Complaint, table},
};

pub async fn usage(context: &Context, project: Option<String>, days: i64) -> Result<()> {
    let utc_offset = i64::from(Local::now().offset().local_minus_utc() / 60);
    let Some(project) = project else {
        let all = context.client.usages(utc_offset).await?;
        return context.output.value(&all, || overview(&all));
    };
    let target = Target { project };
    let by = context.project_by(&target).await?;
    let usage = context.client.project_usage(by, days, utc_offset).await?;
    let usage = usage.ok_or_else(|| Complaint::no_project(&target.project))?;
    context.output.value(&usage, || by_day(&usage))
}

fn overview(all: &[UsageOfProject]) -> String {
    let rows: Vec<_> = all
        .iter()
        .map(|project| {
            [
                project.slug.clone(),
                money(&project.today),
                tokens(&project.today),
                money(&project.all),
                tokens(&project.all),
            ]
        })
        .collect();
    table(["PROJECT", "TODAY", "TOKENS", "IN ALL", "TOKENS"], &rows)
}

fn by_day(project: &ProjectUsage) -> String {
    let row = |when: &str, usage: &Usage| {
        [
            when.to_owned(),
            money(usage),
            count(usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens),
            count(usage.output_tokens + usage.reasoning_tokens),
            usage.answers.to_string(),
        ]
    };
    let mut rows: Vec<_> = project.by_day.iter().map(|day| row(&day.date, &day.usage)).collect();
    rows.push(row("in all", &project.all));
    table(["DAY", "COST", "READ", "WRITTEN", "ANSWERS"], &rows)
}

fn money(usage: &Usage) -> String {
    usage
        .cost_usd
        .map_or_else(|| "?".to_owned(), |cost| format!("${cost:.2}"))
}

fn tokens(usage: &Usage) -> String {
    let read = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
    count(read + usage.output_tokens + usage.reasoning_tokens)
}

/// As people say it.
fn count(tokens: f64) -> String {
    match tokens {
        many if many >= 1e6 => format!("{:.1}M", many / 1e6),
        some if some >= 1e3 => format!("{:.1}k", some / 1e3),
        few => format!("{few:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_short() {
        assert_eq!([12.0, 1_234.0, 5_600_000.0].map(count), ["12", "1.2k", "5.6M"]);
    }
}
