//! What the simulation counted: deeds, refusals, requests with their times, and everything that must not have been.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};

/// Odd things that the summary spells out.
const SPELT_OUT: usize = 20;

/// What is counted, in the order of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Deed {
    Placed,
    Cancelled,
    Dispatched,
    GivenBack,
    Assigned,
    Declined,
    Withdrawn,
    Taken,
    Arrived,
    Late,
    Photos,
    Aborted,
    Served,
    Disputed,
    Confirmed,
    Rated,
    Overtaken,
}

impl Deed {
    const fn told(self) -> &'static str {
        match self {
            Self::Placed => "下单",
            Self::Cancelled => "取消",
            Self::Dispatched => "县区选定服务商",
            Self::GivenBack => "服务商退回",
            Self::Assigned => "派单",
            Self::Declined => "护理员退回",
            Self::Withdrawn => "改派",
            Self::Taken => "接单",
            Self::Arrived => "签到",
            Self::Late => "离线后补传",
            Self::Photos => "照片",
            Self::Aborted => "中止",
            Self::Served => "签退",
            Self::Disputed => "异议",
            Self::Confirmed => "确认",
            Self::Rated => "评价",
            Self::Overtaken => "别人先办了",
        }
    }
}

/// The book of a simulation.
#[derive(Debug, Default)]
pub(super) struct Book(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    deeds: BTreeMap<Deed, u64>,
    /// By code: how often as intended, and how often besides.
    refused: BTreeMap<String, (u64, u64)>,
    times: BTreeMap<&'static str, Vec<Duration>>,
    /// Answers of 500 and above.
    failed: u64,
    /// Requests without an answer.
    lost: u64,
    odd: Vec<String>,
}

/// The running line of a terminal.
pub(super) fn line() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

impl Book {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn did(&self, deed: Deed) {
        *self.pages().deeds.entry(deed).or_default() += 1;
    }

    /// A refusal; intended when it was provoked.
    pub(super) fn refused(&self, code: &str, intended: bool) {
        let mut pages = self.pages();
        let (provoked, besides) = pages.refused.entry(code.to_owned()).or_default();
        *if intended { provoked } else { besides } += 1;
    }

    pub(super) fn asked(&self, label: &'static str, took: Duration, status: u16) {
        let mut pages = self.pages();
        pages.times.entry(label).or_default().push(took);
        pages.failed += u64::from(status >= 500);
    }

    pub(super) fn lost(&self) {
        self.pages().lost += 1;
    }

    pub(super) fn odd(&self, text: String) {
        self.pages().odd.push(text);
    }

    /// Whether nothing was odd.
    pub(super) fn is_sound(&self) -> bool {
        let pages = self.pages();
        pages.failed == 0 && pages.lost == 0 && pages.odd.is_empty()
    }

    /// One line about the day so far.
    pub(super) fn told(&self, time: String) -> String {
        let pages = self.pages();
        let count = |deed| pages.deeds.get(&deed).copied().unwrap_or(0);
        let told = [Deed::Placed, Deed::Assigned, Deed::Taken, Deed::Served, Deed::Rated];
        let told = told.map(|deed| format!("{} {}", deed.told(), count(deed))).join(" · ");
        let refused: u64 = pages.refused.values().map(|(provoked, besides)| provoked + besides).sum();
        let requests: usize = pages.times.values().map(Vec::len).sum();
        let wrong = pages.failed + pages.lost + pages.odd.len() as u64;
        format!("{time}  {told} · 拒绝 {refused} · 请求 {requests} · 异常 {wrong}")
    }

    /// The table at the end.
    pub(super) fn summary(&self) -> String {
        let mut pages = self.pages();
        let mut out = String::from("\n做了什么\n");
        for (deed, count) in &pages.deeds {
            row(&mut out, deed.told(), &[count.to_string()]);
        }
        out += "\n拒绝（有意 / 其他）\n";
        for (code, (provoked, besides)) in &pages.refused {
            row(&mut out, code, &[provoked.to_string(), besides.to_string()]);
        }
        out += "\n请求（次数、p50、p95 毫秒）\n";
        let mut by_count: Vec<_> = pages.times.iter_mut().collect();
        by_count.sort_by_key(|(_, times)| std::cmp::Reverse(times.len()));
        let mut all = Vec::new();
        for (label, times) in by_count {
            row(&mut out, label, &timing(times));
            all.extend_from_slice(times);
        }
        row(&mut out, "合计", &timing(&mut all));
        let _ = write!(out, "\n服务器错误 {}，没有应答 {}，意外 {}\n", pages.failed, pages.lost, pages.odd.len());
        for odd in pages.odd.iter().take(SPELT_OUT) {
            let _ = writeln!(out, "  {odd}");
        }
        out
    }
}

/// How many, and two percentiles in milliseconds.
fn timing(times: &mut [Duration]) -> Vec<String> {
    times.sort_unstable();
    let at = |percent: usize| {
        let found = times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
        format!("{:.1}", found.copied().unwrap_or_default().as_secs_f64() * 1_000.0)
    };
    vec![times.len().to_string(), at(50), at(95)]
}

/// A line with its columns under each other: a Chinese character is two columns wide.
fn row(out: &mut String, name: &str, columns: &[String]) {
    let width: usize = name.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
    let _ = write!(out, "  {name}{}", " ".repeat(30_usize.saturating_sub(width)));
    for column in columns {
        let _ = write!(out, "{column:>10}");
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_deeds_refusals_and_times() {
        let book = Book::default();
        book.did(Deed::Placed);
        book.refused("order.duplicate", true);
        for millis in 1..=100 {
            book.asked("下单", Duration::from_millis(millis), 201);
        }
        assert!(book.is_sound());
        let told = book.summary();
        for line in [
            "order.duplicate                        1         0",
            "100      51.0      96.0",
            "服务器错误 0，没有应答 0，意外 0",
        ] {
            assert!(told.contains(line), "{told}");
        }
        assert_eq!(
            book.told("09:42".into()),
            "09:42  下单 1 · 派单 0 · 接单 0 · 签退 0 · 评价 0 · 拒绝 1 · 请求 100 · 异常 0"
        );
    }

    #[test]
    fn a_server_error_a_lost_answer_and_an_odd_state_are_each_unsound() {
        let unsound: [fn(&Book); 3] =
            [|book| book.asked("x", Duration::ZERO, 503), |book| book.lost(), |book| book.odd("x".into())];
        for act in unsound {
            let book = Book::default();
            act(&book);
            assert!(!book.is_sound());
        }
    }
}
