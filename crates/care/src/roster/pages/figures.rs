//! The plan's figures beside those of assigning one by one.

use kernel::{Text, text};

use crate::roster::{Compared, Figures};

/// One figure.
#[derive(Clone, Debug)]
pub(crate) struct FigureRow {
    pub(super) word: Text,
    pub(super) before: Option<Text>,
    pub(super) now: Text,
    /// The change in words and whether it is good; none when there is none.
    pub(super) change: Option<(Text, bool)>,
}

impl FigureRow {
    /// The five figures that people compare.
    pub(super) fn of(figures: &Compared) -> Vec<Self> {
        let (now, before) = (figures.plan, figures.one_by_one);
        let minutes = |n: u32| text!("{n} 分钟", n = n);
        let orders = |n: u32| text!("{n} 户", n = n);
        let row = |word, read: fn(&Figures) -> u32, say: &dyn Fn(u32) -> Text| Self {
            word,
            before: before.as_ref().map(|figures| say(read(figures))),
            now: say(read(&now)),
            change: before.as_ref().and_then(|was| changed(read(was), read(&now), say)),
        };
        let percent = |n: u32| text!("{n}%", n = n);
        let share = |word, read: fn(&Figures) -> Option<u32>| {
            let was = before.as_ref().and_then(read);
            read(&now).map(|is| Self {
                word,
                before: was.map(percent),
                now: percent(is),
                change: was.and_then(|was| points(was, is)),
            })
        };
        let mut rows = vec![
            row(text!("路上时间"), |figures| figures.way_mins, &minutes),
            row(text!("超出时段"), |figures| figures.late_visits, &orders),
            row(text!("排不上"), |figures| figures.unserved, &orders),
        ];
        rows.extend(share(text!("熟人上门"), Figures::familiar_percent));
        rows.extend(share(text!("同性照护"), Figures::same_sex_percent));
        rows.push(row(text!("加班"), |figures| figures.overtime_mins, &minutes));
        rows
    }
}

fn changed(was: u32, now: u32, say: &dyn Fn(u32) -> Text) -> Option<(Text, bool)> {
    let unit = say(was.abs_diff(now));
    let less = unit.zh == "{n} 分钟" && was >= 20 && now < was;
    match was.cmp(&now) {
        std::cmp::Ordering::Equal => None,
        // Less than a hundredth is nothing that anybody feels.
        std::cmp::Ordering::Greater if less && (was - now) * 100 < was => None,
        std::cmp::Ordering::Greater if less => Some((text!("少 {n}%", n = (was - now) * 100 / was), true)),
        std::cmp::Ordering::Greater => Some((text!("少 {n}", n = was - now), true)),
        std::cmp::Ordering::Less => Some((text!("多 {n}", n = now - was), false)),
    }
}

fn points(was: u32, now: u32) -> Option<(Text, bool)> {
    match was.cmp(&now) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some((text!("多 {n} 点", n = now - was), true)),
        std::cmp::Ordering::Greater => Some((text!("少 {n} 点", n = was - now), false)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_in_hundredths_points_or_counts() {
        let was =
            Figures { way_mins: 412, late_visits: 9, unserved: 5, acquainted: 100, familiar: 61, ..Figures::default() };
        let now =
            Figures { way_mins: 293, late_visits: 0, unserved: 5, acquainted: 100, familiar: 78, ..Figures::default() };
        let rows = FigureRow::of(&Compared { plan: now, one_by_one: Some(was), ways: None });
        let said: Vec<_> =
            rows.iter().map(|row| row.change.as_ref().map(|(text, good)| (text.to_string(), *good))).collect();
        let some = |text: &str| Some((text.to_owned(), true));
        assert_eq!(said, [some("少 28%"), some("少 9"), None, some("多 17 点"), None]);
    }
}
