//! The norms of the roster as a table: words, bounds and manner of writing of each. The form, the checks, the page of a
//! version and what differs from our defaults are all made of it.

use kernel::{FieldRefusal, Refused, Result, Text, text};
use serde_json::{Map, Value, json};
use web::form::Sent;

use super::RosterRules;
use crate::week;

/// How a norm is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// A time of day, minutes after midnight.
    Clock,
    /// A whole number.
    Whole,
    /// Any number.
    Decimal,
    /// Days of the week, bit 0 is Monday.
    Weekdays,
}

/// One norm.
#[derive(Clone, Copy, Debug)]
pub(super) struct Norm {
    /// Its path in the body, which names its field, too.
    pub(super) path: &'static str,
    pub(super) word: &'static str,
    pub(super) manner: Manner,
    low: f64,
    high: f64,
}

/// Norms that are read together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) word: &'static str,
    pub(super) hint: &'static str,
    pub(super) norms: &'static [Norm],
}

/// A value as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Plain(String),
    Words(Vec<&'static str>),
}

const fn clock(path: &'static str, word: &'static str) -> Norm {
    Norm { path, word, manner: Manner::Clock, low: 0.0, high: 1_439.0 }
}

const fn whole(path: &'static str, word: &'static str, low: f64, high: f64) -> Norm {
    Norm { path, word, manner: Manner::Whole, low, high }
}

const fn decimal(path: &'static str, word: &'static str, low: f64, high: f64) -> Norm {
    Norm { path, word, manner: Manner::Decimal, low, high }
}

/// All norms of `care.roster`.
pub(super) const GROUPS: &[Group] = &[
    Group {
        word: "班次",
        hint: "没有单独写上班时间的护理员，按这里的",
        norms: &[
            clock("opens_mins", "上班"),
            clock("closes_mins", "下班"),
            Norm { path: "weekdays", word: "工作日", manner: Manner::Weekdays, low: 1.0, high: 127.0 },
            clock("rest_from_mins", "午休最早"),
            clock("rest_until_mins", "午休最晚"),
            whole("rest_mins", "午休（分钟）", 0.0, 180.0),
            whole("overtime_mins", "一天最多加班（分钟）", 0.0, 240.0),
            whole("most_mins", "一天最多做（分钟，含路上）", 60.0, 960.0),
        ],
    },
    Group {
        word: "约好的时间",
        hint: "晚到、固定和熟人怎么算",
        norms: &[
            whole("late_mins", "最多晚到（分钟）", 0.0, 240.0),
            whole("slack_mins", "固定的上门最多晚（分钟）", 1.0, 120.0),
            whole("familiar_days", "多少天内来过算熟人", 1.0, 3_650.0),
            whole("urgent_priority", "呼救后的单优先几级（0–9）", 0.0, 9.0),
        ],
    },
    Group {
        word: "路上",
        hint: "有路网的市按路网，没有的按直线乘绕路",
        norms: &[
            whole("detour_permille", "绕路（直线的千分之几）", 1_000.0, 5_000.0),
            decimal("street_m", "离路多远以内按路网（米）", 10.0, 5_000.0),
            decimal("walk_m", "步行（米/分钟）", 20.0, 200.0),
            decimal("ebike_m", "电动车（米/分钟）", 50.0, 600.0),
            decimal("car_m", "汽车（米/分钟，含停车）", 50.0, 1_500.0),
        ],
    },
    Group {
        word: "轻重",
        hint: "每一项都折成路上的分钟：数越大，越要避免",
        norms: &[
            decimal("weights.minute", "路上一分钟", 0.0, 1_000.0),
            decimal("weights.metre", "路上一米", 0.0, 10.0),
            decimal("weights.late", "晚到一分钟", 0.0, 1_000.0),
            decimal("weights.worst", "最晚的一次，每分钟", 0.0, 1_000.0),
            decimal("weights.overtime", "加班一分钟", 0.0, 1_000.0),
            decimal("weights.unserved", "一单排不上", 0.0, 100_000.0),
            decimal("weights.continuity", "来的不是熟人", 0.0, 1_000.0),
            decimal("weights.gender", "性别不合意愿", 0.0, 1_000.0),
            decimal("weights.fairness", "忙闲不均，每单位", 0.0, 1_000.0),
            decimal("weights.churn", "已通知的换人", 0.0, 1_000.0),
        ],
    },
    Group {
        word: "算多久",
        hint: "算得越久，路程越省",
        norms: &[
            whole("millis_per_order", "每单算（毫秒）", 1.0, 1_000.0),
            whole("least_secs", "最少算（秒）", 1.0, 600.0),
            whole("most_secs", "最多算（秒）", 1.0, 3_600.0),
            clock("nightly_mins", "每晚几点排次日"),
            whole("ahead_days", "最多提前几天排", 1.0, 60.0),
        ],
    },
];

impl Norm {
    /// What it is in a body.
    pub(super) fn of(&self, body: &Value) -> f64 {
        body.pointer(&self.pointer()).and_then(Value::as_f64).unwrap_or(0.0)
    }

    fn pointer(&self) -> String {
        format!("/{}", self.path.replace('.', "/"))
    }

    fn put(&self, body: &mut Value, value: f64) {
        if let Some(place) = body.pointer_mut(&self.pointer()) {
            *place = if self.manner == Manner::Decimal { json!(value) } else { json!(value as i64) };
        }
    }

    /// As people read it.
    pub(super) fn shown(&self, value: f64) -> Shown {
        match self.manner {
            Manner::Clock => Shown::Plain(week::clock(value as i32)),
            Manner::Whole => Shown::Plain((value as i64).to_string()),
            Manner::Decimal => Shown::Plain(value.to_string()),
            Manner::Weekdays => Shown::Words(week::words(value as i16)),
        }
    }

    fn allows(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value) && (self.manner == Manner::Decimal || value.fract() == 0.0)
    }

    /// What it may be, in words.
    fn bounds(&self) -> Text {
        match self.manner {
            Manner::Decimal => text!("请填 {low} 到 {high} 之间的数", low = self.low, high = self.high),
            _ => text!("请填 {low} 到 {high} 之间的整数", low = self.low, high = self.high),
        }
    }

    /// As it was typed, or what is wrong with it.
    fn read(&self, sent: &Sent) -> Result<f64, Text> {
        let typed = sent.value(self.path);
        let within = |value: &f64| self.allows(*value);
        match self.manner {
            Manner::Clock => {
                week::minutes(typed).map(f64::from).ok_or_else(|| text!("时间请按 时:分 填写，例如 09:30"))
            }
            Manner::Whole => {
                (typed.parse::<i64>().ok().map(|value| value as f64).filter(within)).ok_or_else(|| self.bounds())
            }
            Manner::Decimal => (typed.parse::<f64>().ok().filter(within)).ok_or_else(|| self.bounds()),
            Manner::Weekdays => {
                let bits = week::bits(sent.values(self.path));
                (bits > 0).then_some(f64::from(bits)).ok_or_else(|| text!("至少选一个工作日"))
            }
        }
    }
}

/// All norms in the order of the form.
pub(super) fn norms() -> impl Iterator<Item = &'static Norm> {
    GROUPS.iter().flat_map(|group| group.norms)
}

/// The rules as they were typed.
///
/// # Errors
/// Invalid input: every field that is wrong.
pub(super) fn read(sent: &Sent) -> Result<RosterRules, Refused> {
    let mut faults = Vec::new();
    let mut body = json!(RosterRules::default());
    for norm in norms() {
        match norm.read(sent) {
            Ok(value) => norm.put(&mut body, value),
            Err(text) => faults.push(FieldRefusal { field: norm.path, text }),
        }
    }
    let rules: RosterRules = serde_json::from_value(body).unwrap_or_default();
    if faults.is_empty() { check(&rules).map(|()| rules) } else { Err(Refused::invalid(faults)) }
}

/// The rules of a JSON body; norms that are left out are the platform's own.
///
/// # Errors
/// Invalid input: every name that is no norm, every value that its norm does not allow, or norms that do not go together.
pub(super) fn of_json(sent: &Map<String, Value>) -> Result<RosterRules, Refused> {
    let (mut body, mut faults) = (json!(RosterRules::default()), Vec::new());
    for (path, value) in leaves(sent, "") {
        let Some(norm) = norms().find(|norm| norm.path == path) else {
            faults.push(FieldRefusal { field: "rules", text: text!("没有“{name}”这一条", name = path) });
            continue;
        };
        match value.as_f64().filter(|value| norm.allows(*value)) {
            Some(value) => norm.put(&mut body, value),
            None => faults.push(FieldRefusal { field: norm.path, text: norm.bounds() }),
        }
    }
    let rules: RosterRules = serde_json::from_value(body).unwrap_or_default();
    if faults.is_empty() { check(&rules).map(|()| rules) } else { Err(Refused::invalid(faults)) }
}

/// The values of a body with their paths.
fn leaves<'a>(body: &'a Map<String, Value>, above: &str) -> Vec<(String, &'a Value)> {
    let mut found = Vec::new();
    for (name, value) in body {
        let path = format!("{above}{name}");
        match value {
            Value::Object(below) => found.extend(leaves(below, &format!("{path}."))),
            value => found.push((path, value)),
        }
    }
    found
}

/// Whether rules make sense, whoever wrote them.
///
/// # Errors
/// Invalid input: every norm out of bounds, or those that do not go together.
pub(super) fn check(rules: &RosterRules) -> Result<(), Refused> {
    let body = json!(rules);
    let outside = norms().filter(|norm| !norm.allows(norm.of(&body)));
    let mut faults: Vec<FieldRefusal> =
        outside.map(|norm| FieldRefusal { field: norm.path, text: norm.bounds() }).collect();
    let together = [
        (rules.closes_mins <= rules.opens_mins, "closes_mins", text!("下班要晚于上班")),
        (rules.rest_until_mins < rules.rest_from_mins, "rest_until_mins", text!("午休最晚不能早于最早")),
        (rules.most_secs < rules.least_secs, "most_secs", text!("最多算的时间不能短于最少")),
    ];
    faults
        .extend(together.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, field, text)| FieldRefusal { field, text }));
    if faults.is_empty() { Ok(()) } else { Err(Refused::invalid(faults)) }
}

/// The norms in which rules differ from others: word, theirs, these.
pub(super) fn differences(before: &RosterRules, after: &RosterRules) -> Vec<(&'static str, Shown, Shown)> {
    let (before, after) = (json!(before), json!(after));
    let changed = norms().filter(|norm| norm.of(&before) != norm.of(&after));
    changed.map(|norm| (norm.word, norm.shown(norm.of(&before)), norm.shown(norm.of(&after)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the form sends for rules.
    fn typed(rules: &RosterRules) -> Vec<(String, String)> {
        let body = json!(rules);
        let mut sent = Vec::new();
        for norm in norms() {
            match norm.shown(norm.of(&body)) {
                Shown::Plain(value) => sent.push((norm.path.to_owned(), value)),
                Shown::Words(_) => {
                    sent.extend(week::days(norm.of(&body) as i16).map(|day| (norm.path.to_owned(), day.to_string())));
                }
            }
        }
        sent
    }

    #[test]
    fn every_norm_of_the_rulebook_stands_in_the_form_once() {
        let body = json!(RosterRules::default());
        let mut all: Vec<String> = leaves(body.as_object().unwrap(), "").into_iter().map(|(path, _)| path).collect();
        let mut table: Vec<String> = norms().map(|norm| norm.path.to_owned()).collect();
        all.sort();
        table.sort();
        assert_eq!(table, all);
    }

    #[test]
    fn what_the_form_shows_reads_back_as_it_was() {
        let mut rules = RosterRules { weekdays: 0b001_1111, detour_permille: 1_450, ..RosterRules::default() };
        rules.weights.late = 2.5;
        assert_eq!(read(&typed(&rules).into_iter().collect()).unwrap(), rules);
    }

    #[test]
    fn each_fault_is_told_at_its_field() {
        let mut sent = typed(&RosterRules::default());
        for (name, value) in &mut sent {
            match name.as_str() {
                "opens_mins" => *value = "8 点".into(),
                "walk_m" => *value = "0".into(),
                "weights.late" => *value = "NaN".into(),
                "ahead_days" => *value = "1.5".into(),
                _ => {}
            }
        }
        sent.retain(|(name, _)| name != "weekdays");
        let fields: Vec<_> = read(&sent.into_iter().collect()).unwrap_err().fields.iter().map(|f| f.field).collect();
        assert_eq!(fields, ["opens_mins", "weekdays", "walk_m", "weights.late", "ahead_days"]);
    }

    fn of(sent: Value) -> Result<RosterRules, Vec<&'static str>> {
        let told = |refused: Refused| refused.fields.iter().map(|fault| fault.field).collect();
        of_json(sent.as_object().unwrap()).map_err(told)
    }

    #[test]
    fn a_body_of_json_is_read_like_the_form_and_a_name_that_is_no_norm_is_refused() {
        let mut rules = RosterRules { ebike_m: 200.0, ..RosterRules::default() };
        rules.weights.late = 3.5;
        assert_eq!(of(json!({ "ebike_m": 200, "weights": { "late": 3.5 } })), Ok(rules.clone()));
        assert_eq!(of(json!(rules)), Ok(rules), "what was read goes back as it was");
        let wrong = json!({ "ebike": 200, "walk_m": "75", "weights": { "late": -1, "haste": 2 }, "ahead_days": 1.5 });
        let mut fields = of(wrong).unwrap_err();
        fields.sort_unstable();
        assert_eq!(fields, ["ahead_days", "rules", "rules", "walk_m", "weights.late"]);
        assert_eq!(of(json!({ "closes_mins": 480 })), Err(vec!["closes_mins"]), "not after the beginning");
        assert_eq!(of(json!({ "weights": 3 })), Err(vec!["rules"]));
    }

    #[test]
    fn hours_that_end_before_they_begin_are_refused() {
        let rules = RosterRules { closes_mins: 480, most_secs: 1, least_secs: 2, ..RosterRules::default() };
        let fields: Vec<_> = check(&rules).unwrap_err().fields.iter().map(|f| f.field).collect();
        assert_eq!(fields, ["closes_mins", "most_secs"]);
    }

    #[test]
    fn differences_are_told_in_words_and_times() {
        let rules = RosterRules { closes_mins: 17 * 60 + 30, weekdays: 0b11, ..RosterRules::default() };
        let told = differences(&RosterRules::default(), &rules);
        assert_eq!(told[0], ("下班", Shown::Plain("18:00".into()), Shown::Plain("17:30".into())));
        assert_eq!(told[1].2, Shown::Words(vec!["周一", "周二"]));
    }
}
