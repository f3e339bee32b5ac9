//! Days as lines: one measure a panel, all panels on one time axis.

use std::fmt::Write as _;

use askama::{Template, filters::HtmlSafe};
use chrono::{Datelike, NaiveDate};
use kernel::{Text, text};

use super::{Axis, figure};
use crate::filters;

const WIDTH: f64 = 412.0;
const HEIGHT: f64 = 140.0;
const PITCH: f64 = 206.0;

/// One measure over the days of a [`Trend`].
#[derive(Clone, Debug)]
pub struct Panel {
    /// What is measured, with its unit when it needs one.
    pub title: Text,
    /// One value a day; none where nothing was measured.
    pub values: Vec<Option<f64>>,
    /// The one line that may be red: alarms.
    pub alarm: bool,
}

/// Lines over consecutive days.
#[derive(Clone, Debug, Template)]
#[template(path = "kit/trend.html")]
pub struct Trend {
    /// Id of the chart.
    pub id: &'static str,
    /// What the chart shows, for its title and table.
    pub title: Text,
    /// The first day.
    pub from: NaiveDate,
    /// One or two measures, equally long.
    pub panels: Vec<Panel>,
}

impl HtmlSafe for Trend {}

/// A tick: where and what.
struct Tick {
    at: f64,
    label: String,
    anchor: &'static str,
}

impl Trend {
    fn days(&self) -> Vec<NaiveDate> {
        let count = self.panels.iter().map(|panel| panel.values.len()).max().unwrap_or(0);
        self.from.iter_days().take(count).collect()
    }

    fn is_empty(&self) -> bool {
        self.panels.iter().all(|panel| panel.values.iter().all(Option::is_none))
    }

    fn step(&self) -> f64 {
        WIDTH / as_f64(self.days().len().saturating_sub(1).max(1))
    }

    fn full_height(&self) -> f64 {
        as_f64(self.panels.len()) * PITCH + 20.0
    }

    fn shaded_height(&self) -> f64 {
        as_f64(self.panels.len().saturating_sub(1)) * PITCH + HEIGHT
    }

    /// Left edge and width of each weekend's shade.
    fn weekends(&self) -> Vec<(f64, f64)> {
        let step = self.step();
        let days = self.days();
        let rests = days.iter().enumerate().filter(|(_, day)| day.weekday().number_from_monday() > 5);
        rests
            .map(|(at, _)| {
                let left = ((as_f64(at) - 0.5) * step).max(0.0);
                let right = ((as_f64(at) + 0.5) * step).min(WIDTH);
                (round(left), round(right - left))
            })
            .collect()
    }

    /// The dates under the axis: about five, the first and the last among them.
    fn dates(&self) -> Vec<Tick> {
        let days = self.days();
        let last = days.len().saturating_sub(1);
        let every = (last / 4).max(1);
        let kept = days.iter().enumerate().filter(|(at, _)| *at == last || at % every == 0 && at + every / 2 <= last);
        kept.map(|(at, day)| Tick {
            at: round(as_f64(at) * self.step()),
            label: day.format("%m-%d").to_string(),
            anchor: if at == 0 {
                "start"
            } else if at == last {
                "end"
            } else {
                "middle"
            },
        })
        .collect()
    }

    /// How far down a panel stands.
    fn top(at: &usize) -> f64 {
        30.0 + as_f64(*at) * PITCH
    }

    fn describe(&self) -> Vec<Text> {
        self.panels.iter().filter_map(|panel| panel.describe(self.from)).collect()
    }
}

impl Panel {
    fn axis(&self) -> Axis {
        Axis::holding(self.values.iter().flatten().copied().fold(0.0, f64::max))
    }

    /// Where the grid lines stand, and their figures.
    fn grid(&self) -> Vec<Tick> {
        let axis = self.axis();
        let line = |part: u8| {
            let share = f64::from(part) / f64::from(axis.parts);
            Tick { at: round(HEIGHT * (1.0 - share)), label: figure(axis.top * share), anchor: "end" }
        };
        (0..=axis.parts).map(line).collect()
    }

    fn points(&self, step: f64) -> Vec<Option<(f64, f64)>> {
        let top = self.axis().top;
        let point = |(at, value): (usize, &Option<f64>)| {
            value.map(|value| (round(as_f64(at) * step), round(HEIGHT * (1.0 - (value / top).clamp(0.0, 1.0)))))
        };
        self.values.iter().enumerate().map(point).collect()
    }

    /// The line, broken where nothing was measured.
    fn line(&self, step: &f64) -> String {
        let mut path = String::new();
        let mut drawing = false;
        for point in self.points(*step) {
            if let Some((x, y)) = point {
                let _ = write!(path, "{}{x} {y}", if drawing { 'L' } else { 'M' });
            }
            drawing = point.is_some();
        }
        path
    }

    /// The area under the line, when it has no break.
    fn area(&self, step: &f64) -> Option<String> {
        let points: Option<Vec<(f64, f64)>> = self.points(*step).into_iter().collect();
        let points = points.filter(|points| points.len() > 1)?;
        let mut path = String::new();
        for (at, (x, y)) in points.iter().enumerate() {
            let _ = write!(path, "{}{x} {y}", if at == 0 { 'M' } else { 'L' });
        }
        let _ = write!(path, "L{} {HEIGHT}L0 {HEIGHT}Z", points.last()?.0);
        Some(path)
    }

    fn last(&self, step: &f64) -> Option<(f64, f64, String)> {
        let (x, y) = self.points(*step).into_iter().flatten().next_back()?;
        Some((x, y, figure(self.values.iter().flatten().copied().next_back()?)))
    }

    /// 每日完成工单：从 10-23 的 1,610 到 11-21 的 1,842，最低 1,302，最高 1,842。
    fn describe(&self, from: NaiveDate) -> Option<Text> {
        let known: Vec<(usize, f64)> =
            self.values.iter().enumerate().filter_map(|(at, value)| value.map(|value| (at, value))).collect();
        let (first, last) = (known.first()?, known.last()?);
        let day = |at: usize| from.iter_days().nth(at).unwrap_or(from).format("%m-%d").to_string();
        let fold = |pick: fn(f64, f64) -> f64, start| figure(known.iter().map(|(_, value)| *value).fold(start, pick));
        Some(
            text!(
                "从 {from} 的 {first} 到 {to} 的 {last}，最低 {low}，最高 {high}",
                from = day(first.0),
                to = day(last.0)
            )
            .with("first", figure(first.1))
            .with("last", figure(last.1))
            .with("low", fold(f64::min, f64::INFINITY))
            .with("high", fold(f64::max, f64::NEG_INFINITY)),
        )
    }

    fn cell(&self, at: &usize) -> String {
        self.values.get(*at).copied().flatten().map_or_else(|| "–".to_owned(), figure)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of days and panels")]
const fn as_f64(count: usize) -> f64 {
    count as f64
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trend(values: &[Option<f64>]) -> Trend {
        let panel = Panel { title: text!("每日完成工单"), values: values.to_vec(), alarm: false };
        let from = NaiveDate::from_ymd_opt(2026, 11, 16).unwrap();
        Trend { id: "t", title: text!("近 7 天走势"), from, panels: vec![panel] }
    }

    #[test]
    fn the_axis_starts_at_zero_and_the_last_value_is_written() {
        let html = trend(&[Some(10.0), Some(20.0), Some(30.0)]).render().unwrap();
        assert!(html.contains(">0</text>") && html.contains("<tspan>30</tspan>"), "{html}");
    }

    #[test]
    fn weekends_are_shaded_and_stay_inside() {
        let week = trend(&[Some(1.0); 7]);
        assert_eq!(week.weekends().len(), 2);
        assert!(week.weekends().iter().all(|(left, width)| left + width <= WIDTH + 0.1));
    }

    #[test]
    fn a_day_without_a_figure_breaks_the_line_and_is_a_dash_in_the_table() {
        let trend = trend(&[Some(1.0), None, Some(2.0)]);
        assert_eq!(trend.panels[0].line(&10.0).matches('M').count(), 2);
        assert!(trend.panels[0].area(&10.0).is_none());
        assert!(trend.render().unwrap().contains("–"));
    }

    #[test]
    fn no_figures_at_all_is_a_sentence() {
        assert!(trend(&[None, None]).render().unwrap().contains("还没有数据"));
        assert!(trend(&[]).render().unwrap().contains("还没有数据"));
    }
}
