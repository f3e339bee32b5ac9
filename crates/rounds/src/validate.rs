//! Whether a problem makes sense. What cannot be fulfilled is no defect: it is planned around and explained.

use std::collections::{HashMap, HashSet};

use crate::{
    defect::{Defect, Defects},
    problem::{Caregiver, Order, Problem, Roads, Together, Window},
};

/// Greatest figure that is taken seriously: minutes, metres, values. Beyond it sums lose their decimals.
pub(crate) const GREATEST: f64 = 1e9;

impl Problem {
    /// Says what is wrong with the problem.
    ///
    /// # Errors
    /// All defects found, each naming its item.
    pub fn validate(&self) -> Result<(), Defects> {
        let mut check = Check { problem: self, defects: Vec::new(), known: known_skills(self), people: people(self) };
        check.roads();
        check.weights();
        check.unique(self.orders.iter().map(|order| order.id.as_str()), "订单", "order");
        check.unique(self.caregivers.iter().map(|caregiver| caregiver.id.as_str()), "护理员", "caregiver");
        for caregiver in &self.caregivers {
            check.caregiver(caregiver);
        }
        for order in &self.orders {
            check.order(order);
        }
        if check.defects.is_empty() { Ok(()) } else { Err(Defects(check.defects)) }
    }
}

impl Problem {
    /// Says what is wrong with one more order beside the places and people of this problem.
    pub(crate) fn beside(&self, order: &Order) -> Result<(), Defects> {
        let mut check = Check { problem: self, defects: Vec::new(), known: known_skills(self), people: people(self) };
        check.order(order);
        if check.defects.is_empty() { Ok(()) } else { Err(Defects(check.defects)) }
    }
}

fn known_skills(problem: &Problem) -> HashSet<&str> {
    let declared = problem.skills.iter();
    let had = problem.caregivers.iter().flat_map(|caregiver| &caregiver.skills);
    if problem.skills.is_empty() { had.map(String::as_str).collect() } else { declared.map(String::as_str).collect() }
}

fn people(problem: &Problem) -> HashMap<&str, usize> {
    problem.caregivers.iter().enumerate().map(|(k, caregiver)| (caregiver.id.as_str(), k)).collect()
}

struct Check<'a> {
    problem: &'a Problem,
    defects: Vec<Defect>,
    known: HashSet<&'a str>,
    people: HashMap<&'a str, usize>,
}

/// A finite figure from 0 to [`GREATEST`].
fn fair(x: f64) -> bool {
    (0.0..=GREATEST).contains(&x)
}

/// A finite moment; yesterday evening is negative.
fn moment(x: f64) -> bool {
    x.abs() <= GREATEST
}

impl<'a> Check<'a> {
    fn note(&mut self, item: &str, chinese: impl Into<String>, english: impl Into<String>) {
        self.defects.push(Defect::new(item, chinese, english));
    }

    fn unique(&mut self, ids: impl Iterator<Item = &'a str>, chinese: &str, english: &str) {
        let mut seen = HashSet::new();
        for id in ids {
            if !seen.insert(id) {
                self.note(&format!("{english} {id}"), format!("{chinese}编号重复"), "this id occurs twice");
            }
        }
    }

    fn roads(&mut self) {
        for (k, place) in self.problem.places.iter().enumerate() {
            if !(moment(place.x) && moment(place.y)) {
                self.note(&format!("place {k}"), "坐标不是有限的数", "a coordinate is not a finite number");
            }
        }
        match &self.problem.roads {
            Roads::Straight { detour } if !fair(*detour) => {
                self.note("roads", "绕行系数不是正常的数", "the detour factor is not a sensible number");
            }
            Roads::Matrix { minutes, metres } => {
                self.matrix("minutes", minutes);
                if let Some(metres) = metres {
                    self.matrix("metres", metres);
                }
            }
            _ => {}
        }
    }

    fn matrix(&mut self, name: &str, rows: &[Vec<f64>]) {
        let n = self.problem.places.len();
        if rows.len() != n {
            let (zh, en) =
                (format!("有 {} 行，应为 {n} 行", rows.len()), format!("{} rows where {n} are due", rows.len()));
            self.note(&format!("matrix {name}"), zh, en);
        }
        for (r, row) in rows.iter().enumerate() {
            if row.len() != n {
                let (zh, en) =
                    (format!("有 {} 列，应为 {n} 列", row.len()), format!("{} columns where {n} are due", row.len()));
                self.note(&format!("matrix {name} row {r}"), zh, en);
            }
            if let Some(c) = row.iter().position(|x| !fair(*x)) {
                let what = row[c];
                self.note(
                    &format!("matrix {name} row {r} column {c}"),
                    format!("{what} 不是 0 到 10 亿之间的数"),
                    format!("{what} is not a number from 0 to 1e9"),
                );
            }
        }
    }

    fn weights(&mut self) {
        for (name, weight) in self.problem.weights.named() {
            if !fair(weight) {
                self.note(&format!("weight {name}"), "权重为负或不是数", "the weight is negative or not a number");
            }
        }
        if self.problem.now.is_some_and(|now| !moment(now)) {
            self.note("now", "不是有限的数", "not a finite number");
        }
    }

    fn place(&mut self, item: &str, place: usize) {
        let n = self.problem.places.len();
        if place >= n {
            self.note(item, format!("地点 {place} 不存在，共 {n} 个"), format!("place {place} of {n} does not exist"));
        }
    }

    fn window(&mut self, item: &str, window: &Window) {
        let sane = |x: Option<f64>| x.is_none_or(moment);
        if !(moment(window.open) && sane(window.close) && sane(window.latest)) {
            self.note(item, "时间窗不是有限的数", "the window is not made of finite numbers");
            return;
        }
        let ends = [window.close, window.latest];
        if ends.into_iter().flatten().any(|end| end < window.open) {
            self.note(item, "时间窗的结束早于开始", "the window is reversed: it ends before it opens");
        } else if matches!(ends, [Some(close), Some(latest)] if latest < close) {
            self.note(item, "最迟开始早于时间窗的结束", "`latest` lies before `close`");
        }
    }

    fn caregiver(&mut self, caregiver: &Caregiver) {
        let item = format!("caregiver {}", caregiver.id);
        self.place(&item, caregiver.start);
        if let Some(end) = caregiver.end {
            self.place(&item, end);
        }
        if !(caregiver.pace > 0.0 && fair(caregiver.pace)) {
            self.note(&item, "速度系数不是正数", "the pace is not a positive number");
        }
        for (limit, zh, en) in
            [(caregiver.capacity, "容量", "the capacity"), (caregiver.most, "每日上限", "the daily maximum")]
        {
            if limit.is_some_and(|limit| !fair(limit)) {
                self.note(&item, format!("{zh}为负或不是数"), format!("{en} is negative or not a number"));
            }
        }
        let mut before = f64::NEG_INFINITY;
        for shift in &caregiver.shifts {
            if !(moment(shift.open) && moment(shift.close) && fair(shift.overtime)) {
                self.note(&item, "班次不是有限的数", "a shift is not made of sensible numbers");
            } else if shift.close < shift.open {
                self.note(&item, "班次的结束早于开始", "a shift is reversed: it ends before it starts");
            } else if shift.open < before {
                self.note(&item, "班次重叠或次序颠倒", "the shifts overlap or are out of order");
            }
            before = shift.close;
            if let Some(rest) = shift.rest {
                let finite = moment(rest.open) && moment(rest.latest) && fair(rest.minutes);
                if !finite || rest.latest < rest.open {
                    self.note(&item, "休息时段颠倒或不是数", "the break is reversed or not made of numbers");
                } else if rest.open < shift.open || rest.latest + rest.minutes > shift.close {
                    self.note(&item, "休息不在班次之内", "the break does not lie within the shift");
                }
            }
        }
    }

    fn order(&mut self, order: &Order) {
        let item = format!("order {}", order.id);
        self.place(&item, order.place);
        self.window(&item, &order.window);
        if !(fair(order.value) && fair(order.load)) {
            self.note(&item, "价值或载量为负或不是数", "value or load is negative or not a number");
        }
        if let Some(pickup) = &order.pickup {
            self.place(&item, pickup.place);
            self.window(&item, &pickup.window);
            if !fair(pickup.minutes) {
                self.note(&item, "取餐时长为负或不是数", "the duration of the pick-up is negative or not a number");
            }
        }
        for service in &order.services {
            if !fair(service.minutes) {
                self.note(&item, "服务时长为负或不是数", "the duration is negative or not a number");
            }
            for skill in &service.skills {
                if !self.known.contains(skill.as_str()) {
                    self.note(&item, format!("未知的技能“{skill}”"), format!("unknown skill “{skill}”"));
                }
            }
        }
        self.pair(&item, order);
        self.names(&item, order);
    }

    fn pair(&mut self, item: &str, order: &Order) {
        match (order.services.len(), order.together, order.pickup) {
            (1, None, _) => {}
            (2, Some(_), Some(_)) => self.note(item, "双人服务不能带取餐", "a visit by two has no pick-up"),
            (2, Some(Together::Sequential { min, max }), None) => {
                if !(fair(min) && fair(max)) || max < min {
                    self.note(
                        item,
                        "先后间隔颠倒、为负或不是数",
                        "the gap between the two is reversed, negative or not a number",
                    );
                } else if order.window.latest.is_some_and(|latest| order.window.open + min > latest) {
                    let (zh, en) =
                        ("双人服务不可能：间隔比时间窗长", "impossible pair: the gap is longer than the window");
                    self.note(item, zh, en);
                }
            }
            (2, Some(Together::Simultaneous), None) => {}
            (1, Some(_), _) => self.note(item, "只有一项服务，却写了双人关系", "`together` with one service only"),
            (2, None, _) => self.note(item, "两项服务没有写明关系", "two services without `together`"),
            (n, ..) => {
                self.note(item, format!("有 {n} 项服务，应为一或两项"), format!("{n} services where 1 or 2 are due"))
            }
        }
        let mut holders = order.pins.iter().map(|pin| (pin.part, pin.caregiver.as_str())).collect::<Vec<_>>();
        holders.sort_unstable();
        if holders.windows(2).any(|two| two[0].0 == two[1].0) {
            self.note(item, "同一部分固定了两次", "one part is pinned twice");
        }
        let same = holders.windows(2).any(|two| two[0].1 == two[1].1);
        if order.services.len() == 2 && same {
            self.note(
                item,
                "双人服务不可能：两部分固定给同一人",
                "impossible pair: both parts are pinned to one person",
            );
        } else if order.pickup.is_some() && holders.len() == 2 && !same {
            self.note(item, "取与送固定给了不同的人", "pick-up and delivery are pinned to different persons");
        }
    }

    fn names(&mut self, item: &str, order: &Order) {
        let parts = order.parts();
        let named = order.preferred.iter().chain(&order.forbidden).chain(order.pins.iter().map(|pin| &pin.caregiver));
        for name in named {
            if !self.people.contains_key(name.as_str()) {
                self.note(item, format!("护理员“{name}”不存在"), format!("there is no caregiver “{name}”"));
            }
        }
        for pin in &order.pins {
            if pin.part >= parts {
                self.note(
                    item,
                    format!("没有第 {} 部分可固定", pin.part),
                    format!("there is no part {} to pin", pin.part),
                );
            }
            if pin.start.is_some_and(|start| !moment(start)) || (pin.begun && pin.start.is_none()) {
                self.note(item, "固定的开始时刻缺失或不是数", "the pinned start is missing or not a number");
            }
        }
    }
}

impl Order {
    /// How many stops the order is: 2 for a pair and for pick-up and delivery.
    pub fn parts(&self) -> usize {
        self.services.len() + usize::from(self.pickup.is_some())
    }
}
