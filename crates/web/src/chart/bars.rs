//! A ranking as bars from zero, with the name before and the figure after each.

use askama::{Template, filters::HtmlSafe};
use kernel::Text;

use super::{Axis, figure};
use crate::{filters, head::Label};

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it stands for.
    pub label: Label,
    /// How much.
    pub value: f64,
    /// Where it leads.
    pub href: Option<String>,
}

/// Bars, in the order given.
#[derive(Clone, Debug, Template)]
#[template(path = "kit/bars.html")]
pub struct Bars {
    /// What the chart shows.
    pub title: Text,
    /// 人, 单, %; written after each figure.
    pub unit: Text,
    /// The bars.
    pub bars: Vec<Bar>,
}

impl HtmlSafe for Bars {}

impl Bars {
    /// Per cent of the longest possible bar.
    fn percent(&self, bar: &Bar) -> f64 {
        let top = Axis::holding(self.bars.iter().map(|bar| bar.value).fold(0.0, f64::max)).top;
        (bar.value / top * 100.0).clamp(0.0, 100.0)
    }

    fn figure(bar: &Bar) -> String {
        figure(bar.value)
    }
}

#[cfg(test)]
mod tests {
    use kernel::text;

    use super::*;

    #[test]
    fn bars_share_one_scale_from_zero() {
        let bar = |value| Bar { label: Label::data("文昌街道"), value, href: None };
        let bars =
            Bars { title: text!("各街道人数"), unit: text!("人"), bars: vec![bar(60.0), bar(30.0), bar(0.0)] };
        let shares: Vec<f64> = bars.bars.iter().map(|bar| bars.percent(bar)).collect();
        assert_eq!(shares, [100.0, 50.0, 0.0]);
    }
}
