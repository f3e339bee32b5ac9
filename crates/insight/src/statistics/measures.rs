//! All measures. Numbers are never used twice.

use kernel::Result;
use serde::Deserialize;
use store::journal::Entry;

use super::{Counted, Delta, Kind, Measure, Source};

/// Scores from this one on are satisfied or very satisfied, of five (domain.md 8.7).
pub(super) const SATISFIED_FROM: i64 = 4;

const fn elders(code: i16, name: &'static str, title: &'static str, holds: fn(&Counted) -> bool) -> Measure {
    Measure { code, name, title, unit: "人", kind: Kind::Stock, source: Source::Elders(holds) }
}

type CountedFrom = fn(&Entry) -> Result<Vec<Delta>>;

const fn flow(code: i16, name: &'static str, title: &'static str, counted_from: CountedFrom) -> Measure {
    Measure { code, name, title, unit: "单", kind: Kind::Flow, source: Source::Entries(counted_from) }
}

const fn stock(code: i16, name: &'static str, title: &'static str, counted_from: CountedFrom) -> Measure {
    Measure { code, name, title, unit: "单", kind: Kind::Stock, source: Source::Entries(counted_from) }
}

/// Elders in the register.
pub const ELDERS: Measure = elders(1, "elders.registered", "在册老人", |_| true);
/// Orders placed, on the day of the order.
pub const PLACED: Measure = flow(100, "orders.placed", "下单", |e| each(e, "order.placed"));
/// Visits begun, on the day of the check-in.
pub const CHECKED_IN: Measure = flow(101, "orders.checked_in", "上门", |e| each(e, "order.checked_in"));
/// Visits begun in time.
pub const ON_TIME: Measure = flow(102, "orders.on_time", "按时上门", on_time);
/// Visits done: 人次.
pub const CHECKED_OUT: Measure = flow(103, "orders.checked_out", "服务人次", |e| each(e, "order.checked_out"));
/// Orders completed.
pub const COMPLETED: Measure = flow(104, "orders.completed", "完成", |e| each(e, "order.completed"));
/// Orders cancelled.
pub const CANCELLED: Measure = flow(105, "orders.cancelled", "取消", |e| each(e, "order.cancelled"));
/// Valid ratings.
pub const RATED: Measure = flow(106, "orders.rated", "评价", |e| each(e, "order.rated"));
/// Ratings that say satisfied or very satisfied.
pub const SATISFIED: Measure = flow(107, "orders.satisfied", "满意评价", satisfied);
/// Orders broken off.
pub const ABORTED: Measure = flow(108, "orders.aborted", "中止", |e| each(e, "order.aborted"));
/// Orders that are neither completed nor cancelled nor broken off.
pub const OPEN: Measure = stock(120, "orders.open", "在途工单", open);
/// Orders whose caregiver is with the elder.
pub const IN_SERVICE: Measure = stock(121, "orders.in_service", "服务中", in_service);

/// Every measure of the platform.
pub static ALL: &[Measure] = &[
    ELDERS,
    elders(2, "elders.men", "男性老人", |c| c.sex == 1),
    elders(3, "elders.women", "女性老人", |c| c.sex == 2),
    elders(10, "elders.age_unknown", "年龄不详", |c| c.band == 0),
    elders(11, "elders.under_60", "不满 60 岁", |c| c.band == 1),
    elders(12, "elders.from_60", "60–69 岁", |c| c.band == 2),
    elders(13, "elders.from_70", "70–79 岁", |c| c.band == 3),
    elders(14, "elders.from_80", "80–89 岁", |c| c.band == 4),
    elders(15, "elders.from_90", "90–99 岁", |c| c.band == 5),
    elders(16, "elders.from_100", "百岁老人", |c| c.band == 6),
    elders(21, "elders.living_alone", "独自居住", |c| c.living == 1),
    elders(22, "elders.living_with_spouse", "与配偶居住", |c| c.living == 2),
    elders(23, "elders.living_with_children", "与子女居住", |c| c.living == 3),
    elders(28, "elders.living_in_institution", "住养老机构", |c| c.living == 8),
    elders(41, "elders.destitute", "特困", |c| c.has_tag(1)),
    elders(42, "elders.minimum_allowance", "低保", |c| c.has_tag(2)),
    elders(43, "elders.near_poor", "低保边缘", |c| c.has_tag(3)),
    elders(44, "elders.alone", "独居", |c| c.has_tag(4)),
    elders(45, "elders.empty_nest", "空巢", |c| c.has_tag(5)),
    elders(46, "elders.left_behind", "留守", |c| c.has_tag(6)),
    elders(47, "elders.disabled", "失能", |c| c.has_tag(7)),
    elders(48, "elders.dementia", "失智", |c| c.has_tag(8)),
    elders(49, "elders.severely_disabled", "重残", |c| c.has_tag(9)),
    elders(50, "elders.lost_only_child", "计生特殊家庭", |c| c.has_tag(10)),
    elders(51, "elders.entitled", "优抚", |c| c.has_tag(11)),
    elders(52, "elders.aged", "高龄", |c| c.has_tag(12)),
    PLACED,
    CHECKED_IN,
    ON_TIME,
    CHECKED_OUT,
    COMPLETED,
    CANCELLED,
    RATED,
    SATISFIED,
    ABORTED,
    OPEN,
    IN_SERVICE,
];

/// The measure of a name, as the API calls it.
#[must_use]
pub fn named(name: &str) -> Option<&'static Measure> {
    ALL.iter().find(|measure| measure.name == name)
}

/// The measure of a stored number.
#[must_use]
pub fn numbered(code: i16) -> Option<&'static Measure> {
    ALL.iter().find(|measure| measure.code == code)
}

/// One for each entry of a kind.
fn each(entry: &Entry, kind: &str) -> Result<Vec<Delta>> {
    if entry.kind == kind { Ok(vec![Delta::of(entry, 1)?]) } else { Ok(Vec::new()) }
}

#[derive(Deserialize)]
struct CheckedIn {
    /// Seconds after the end of the time agreed for the arrival; not above 0 is in time.
    late_secs: i64,
}

fn on_time(entry: &Entry) -> Result<Vec<Delta>> {
    if entry.kind == "order.checked_in" && entry.facts::<CheckedIn>()?.late_secs <= 0 {
        return Ok(vec![Delta::of(entry, 1)?]);
    }
    Ok(Vec::new())
}

#[derive(Deserialize)]
struct Rated {
    /// One to five.
    score: i64,
}

fn satisfied(entry: &Entry) -> Result<Vec<Delta>> {
    if entry.kind == "order.rated" && entry.facts::<Rated>()?.score >= SATISFIED_FROM {
        return Ok(vec![Delta::of(entry, 1)?]);
    }
    Ok(Vec::new())
}

fn open(entry: &Entry) -> Result<Vec<Delta>> {
    Ok(match entry.kind.as_str() {
        "order.placed" => vec![Delta::of(entry, 1)?],
        "order.completed" | "order.cancelled" | "order.aborted" => vec![Delta::of(entry, -1)?],
        _ => Vec::new(),
    })
}

fn in_service(entry: &Entry) -> Result<Vec<Delta>> {
    Ok(match entry.kind.as_str() {
        "order.checked_in" => vec![Delta::of(entry, 1)?],
        // Only a service that was begun can be broken off.
        "order.checked_out" | "order.aborted" => vec![Delta::of(entry, -1)?],
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_number_and_name_means_one_measure() {
        assert_eq!(ALL.iter().map(|m| m.code).collect::<BTreeSet<_>>().len(), ALL.len());
        assert_eq!(ALL.iter().map(|m| m.name).collect::<BTreeSet<_>>().len(), ALL.len());
        assert!(ALL.iter().all(|m| m.kind == Kind::Stock || matches!(m.source, Source::Entries(_))));
    }

    #[test]
    fn the_tags_are_those_of_the_register() {
        for tag in registry::elders::vocabulary::Tag::ALL {
            let measure = ALL.iter().find(|m| m.code == 40 + tag.code()).unwrap();
            assert_eq!(measure.title, tag.word());
        }
    }
}
