//! By what the minutes on the way were measured, in words, with whose streets they are.

use kernel::{Text, text};

use crate::roster::{Compared, Measure, ways::Why};

/// The line under the figures.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(super) text: Text,
    /// Whose streets.
    pub(super) whose: Option<String>,
}

impl Measured {
    /// Of a plan; nothing where no search ever measured it.
    pub(super) fn of(figures: &Compared) -> Option<Self> {
        let straight = |text| Self { text, whose: None };
        Some(match figures.ways.as_ref()? {
            Measure::Streets { attribution, off } => {
                let text = match off {
                    0 => text!("路上时间沿路网算。路网："),
                    n => text!("路上时间沿路网算，{n} 处附近没有路，按直线乘绕路算。路网：", n = n),
                };
                Self { text, whose: Some(attribution.clone()) }
            }
            Measure::Straight { why: Why::NoStreets } => straight(text!("路上时间按直线乘绕路算：这个市还没有路网")),
            Measure::Straight { why: Why::Unreadable } => {
                straight(text!("路上时间按直线乘绕路算：路网文件读不了，请运维人员重新导入"))
            }
            Measure::Straight { why: Why::TooMany } => {
                straight(text!("路上时间按直线乘绕路算：这一天地点太多，没有沿路网算"))
            }
        })
    }

    /// Whose streets, when nobody said so.
    pub(super) fn is_unsigned(&self) -> bool {
        self.whose.as_deref().is_some_and(str::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_by_what_its_ways_were_measured() {
        let said = |ways| {
            let measured = Measured::of(&Compared { ways, ..Compared::default() });
            measured.map(|measured| (measured.text.to_string(), measured.whose))
        };
        let streets = |off| Some(Measure::Streets { attribution: "© OSM".into(), off });
        assert_eq!(said(streets(0)), Some(("路上时间沿路网算。路网：".into(), Some("© OSM".into()))));
        assert!(said(streets(2)).is_some_and(|(text, _)| text.contains("2 处附近没有路")));
        let straight = said(Some(Measure::Straight { why: Why::NoStreets }));
        assert!(straight.is_some_and(|(text, whose)| text.contains("直线") && whose.is_none()));
        assert_eq!(said(None), None, "drawn up by hand");
    }
}
