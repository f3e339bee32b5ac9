//! The timeline: one lane a caregiver, columns of five minutes.

use askama::{Template, filters::HtmlSafe};
use kernel::{Text, text};
use uuid::Uuid;
use web::filters;

use super::{visit_name, wording};
use crate::{
    orders::Stage,
    roster::{
        Hold, Stop,
        desk::Desk,
        gather::{Hand, Workday},
    },
};

/// Minutes of a column.
const STEP: f64 = 5.0;

/// The hours that the timeline shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    /// First hour.
    pub(super) from: i32,
    /// How many.
    pub(super) hours: i32,
}

impl Axis {
    /// From the first shift or visit to the last, at least ten hours.
    pub(super) fn of(day: &Workday, stops: &[Stop]) -> Self {
        let hands = day.on_duty().map(|hand| (hand.hours.opens_mins, hand.hours.closes_mins));
        let visits = stops.iter().map(|stop| (day.minute(stop.start) as i32, day.minute(stop.end) as i32));
        let (first, last) =
            hands.chain(visits).fold((i32::MAX, i32::MIN), |(low, high), (from, to)| (low.min(from), high.max(to)));
        let from = first.clamp(0, 8 * 60) / 60;
        let until = ((last.max(18 * 60) + 59) / 60).min(24);
        Self { from, hours: (until - from).clamp(1, 24) }
    }

    /// The hours' marks: column and hour.
    fn marks(self) -> impl Iterator<Item = (i32, i32)> {
        (0..self.hours).map(move |hour| (hour * 12, self.from + hour))
    }

    /// Column and width of a stretch of minutes; none when nothing of it is shown.
    fn span(self, from: f64, to: f64) -> Option<(i32, i32)> {
        let column = |minute: f64| ((minute - f64::from(self.from) * 60.0) / STEP).round() as i32;
        let (x, end) = (column(from).clamp(0, self.hours * 12), column(to).clamp(0, self.hours * 12));
        (end > x).then_some((x, end - x))
    }
}

/// A stretch of a lane.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    x: i32,
    w: i32,
}

/// A visit as a block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(super) name: String,
    x: i32,
    w: i32,
    pub(super) item: String,
    pub(super) elder: Option<String>,
    pub(super) time: String,
    href: String,
    is_two: bool,
    is_chosen: bool,
    is_moved: bool,
    is_late: bool,
    hold: Hold,
    /// It overlaps another visit of the caregiver: only by hand.
    clashes: bool,
    /// The plan is in force, but its order is not this caregiver's any more.
    is_lost: bool,
    may_move: bool,
}

/// A caregiver's day.
#[derive(Clone, Debug, Template)]
#[template(path = "roster/_lane.html")]
pub(crate) struct Lane {
    pub(super) worker: Uuid,
    pub(super) name: String,
    says: Text,
    away: Option<&'static str>,
    hours: i32,
    off: Vec<Stretch>,
    ways: Vec<Stretch>,
    rest: Option<Stretch>,
    pub(super) blocks: Vec<Block>,
    /// Strokes to the lane below: column of a visit by two.
    links: Vec<i32>,
    href: String,
    on_map: bool,
}

impl HtmlSafe for Lane {}

impl Block {
    const fn class(&self) -> &'static str {
        match (self.hold, self.is_two) {
            (Hold::ByHand, _) => " hand",
            (Hold::Begun, _) => " done",
            (Hold::Pinned | Hold::Taken, true) => " two lock",
            (Hold::Pinned | Hold::Taken, false) => " lock",
            (Hold::Free, true) => " two",
            (Hold::Free, false) => "",
        }
    }

    /// What stands with it, in words.
    fn notes(&self) -> Vec<Text> {
        let mut notes = Vec::new();
        if self.is_lost {
            notes.push(text!("已退回或改派"));
        }
        if self.hold != Hold::Free {
            notes.push(Text::new(self.hold.word()));
        }
        if self.is_two {
            notes.push(text!("两人同到"));
        }
        if self.is_moved {
            notes.push(text!("比上版有变"));
        }
        if self.is_late {
            notes.push(text!("超出时段"));
        }
        if self.clashes {
            notes.push(text!("与另一次上门重叠"));
        }
        notes
    }
}

/// What lanes are drawn for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn<'a> {
    pub(super) desk: &'a Desk,
    pub(super) axis: Axis,
    pub(super) chosen: Option<(Uuid, i16)>,
    pub(super) mapped: &'a [Uuid],
    pub(super) may_move: bool,
    /// The plan is published and its orders were handed out.
    pub(super) in_force: bool,
}

impl Drawn<'_> {
    /// The lanes of some caregivers, in their order.
    pub(super) fn lanes(&self, hands: &[&Hand]) -> Vec<Lane> {
        let mut lanes: Vec<Lane> = hands.iter().map(|hand| self.lane(hand)).collect();
        for n in 1..lanes.len() {
            let below = &lanes[n];
            let pairs = lanes[n - 1].blocks.iter().filter(|block| block.is_two);
            let shared = |block: &&Block| {
                let order = block.name.split('.').next();
                below.blocks.iter().any(|other| other.name.split('.').next() == order)
            };
            let links = pairs.filter(shared).map(|block| block.x + block.w / 2).collect();
            lanes[n - 1].links = links;
        }
        lanes
    }

    fn lane(&self, hand: &Hand) -> Lane {
        let (day, worker) = (&self.desk.day, hand.worker.id);
        let own: Vec<&Stop> = self.desk.stops.iter().filter(|stop| stop.worker == worker).collect();
        let blocks: Vec<Block> = own.iter().filter_map(|stop| self.block(stop, &own)).collect();
        let way: i32 = own.iter().map(|stop| i32::from(stop.way_mins)).sum();
        let says = text!("{n} 户 · 路上 {m} 分", n = own.len(), m = way);
        let away = match hand.away {
            Some(reason) => Some(reason.word()),
            None if !hand.hours.works_on(day.day) => Some("休息"),
            None => None,
        };
        Lane {
            worker,
            name: hand.worker.name.clone(),
            says,
            away,
            hours: self.axis.hours,
            off: self.off(hand),
            ways: self.ways(&own),
            rest: self.rest(&own),
            blocks,
            links: Vec::new(),
            href: format!("/roster?day={}&who={worker}", day.day),
            on_map: self.mapped.contains(&worker),
        }
    }

    fn block(&self, stop: &Stop, own: &[&Stop]) -> Option<Block> {
        let day = &self.desk.day;
        let job = day.job(stop.order)?;
        let (x, w) = self.axis.span(day.minute(stop.start), day.minute(stop.end))?;
        let name = visit_name(stop.id());
        let open = matches!(job.order.stage(), Ok(Stage::Accepted | Stage::Offered | Stage::Taken));
        Some(Block {
            href: format!("/roster?day={}&visit={name}#chosen", day.day),
            name,
            x,
            w,
            item: job.order.item_name.clone(),
            elder: job.elder.as_ref().map(|elder| elder.name.clone()),
            time: format!("{}–{}", wording::clock(stop.start), wording::clock(stop.end)),
            is_two: job.order.pair,
            is_chosen: self.chosen == Some(stop.id()),
            is_moved: stop.moved,
            is_late: (stop.start - job.order.window_end).num_minutes() > 0,
            hold: stop.hold,
            clashes: own
                .iter()
                .any(|other| other.id() != stop.id() && other.start < stop.end && stop.start < other.end),
            is_lost: self.in_force && self.desk.is_lost(stop),
            may_move: self.may_move && open,
        })
    }

    /// Where nobody works: before and after the shift, or the whole day.
    fn off(&self, hand: &Hand) -> Vec<Stretch> {
        let (first, last) = (f64::from(self.axis.from) * 60.0, f64::from(self.axis.from + self.axis.hours) * 60.0);
        let day = if hand.is_on_duty(self.desk.day.day) {
            vec![(first, f64::from(hand.hours.opens_mins)), (f64::from(hand.hours.closes_mins), last)]
        } else {
            vec![(first, last)]
        };
        day.into_iter().filter_map(|(from, to)| self.axis.span(from, to)).map(|(x, w)| Stretch { x, w }).collect()
    }

    fn ways(&self, own: &[&Stop]) -> Vec<Stretch> {
        let minute = |stop: &Stop| self.desk.day.minute(stop.arrive);
        let way = |stop: &&&Stop| stop.way_mins > 0;
        let spans = own
            .iter()
            .filter(way)
            .filter_map(|stop| self.axis.span(minute(stop) - f64::from(stop.way_mins), minute(stop)));
        spans.map(|(x, w)| Stretch { x, w }).collect()
    }

    /// Where the break fits: the first gap of its length between visits around its time.
    fn rest(&self, own: &[&Stop]) -> Option<Stretch> {
        let (day, rules) = (&self.desk.day, &self.desk.day.rules);
        let (open, latest) = (f64::from(rules.rest_from_mins), f64::from(rules.rest_until_mins));
        let length = f64::from(rules.rest_mins);
        let ends: f64 = own.iter().map(|stop| day.minute(stop.end)).fold(0.0, f64::max);
        if length <= 0.0 || ends <= latest {
            return None;
        }
        let frees = std::iter::once(0.0).chain(own.iter().map(|stop| day.minute(stop.end)));
        let next = |from: f64| {
            let after = own.iter().filter(|stop| day.minute(stop.end) > from);
            after.map(|stop| day.minute(stop.arrive) - f64::from(stop.way_mins)).fold(f64::INFINITY, f64::min)
        };
        let fits =
            frees.map(|free| free.max(open)).find(|free| *free <= latest && next(*free) >= free + length - 0.5)?;
        self.axis.span(fits, fits + length).map(|(x, w)| Stretch { x, w })
    }
}

/// The head of the timeline: its hours.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<div class="hours h{{ hours }}" aria-hidden="true">{% for (x, hour) in marks %}<span class="x{{ x }} w12">{{ hour }}:00</span>{% endfor %}</div>"#,
    ext = "html"
)]
pub(crate) struct Hours {
    hours: i32,
    marks: Vec<(i32, i32)>,
}

impl HtmlSafe for Hours {}

impl Hours {
    pub(super) fn of(axis: Axis) -> Self {
        Self { hours: axis.hours, marks: axis.marks().collect() }
    }

    /// First hour and number of hours, for the script that drops visits.
    pub(super) fn first(&self) -> String {
        format!("{} {}", self.marks.first().map_or(0, |(_, hour)| *hour), self.hours)
    }
}

impl Lane {
    /// An invented lane.
    pub(super) fn sample(name: &str, hold: Hold, away: Option<&'static str>) -> Self {
        let block = |x, hold, is_two| Block {
            name: visit_name((Uuid::from_u128(u128::from(x as u32)), 0)),
            x,
            w: 9,
            item: "助浴".into(),
            elder: (x != 30).then(|| "方长顺".into()),
            time: "09:30–10:30".into(),
            href: "/roster?day=2026-11-22&visit=x.0#chosen".into(),
            is_two,
            is_chosen: is_two,
            is_moved: x == 60,
            is_late: x == 60,
            hold,
            clashes: x == 60,
            is_lost: x == 60,
            may_move: true,
        };
        Self {
            worker: Uuid::nil(),
            name: name.into(),
            says: text!("{n} 户 · 路上 {m} 分", n = 3, m = 46),
            away,
            hours: 10,
            off: vec![Stretch { x: 108, w: 12 }],
            ways: vec![Stretch { x: 9, w: 4 }],
            rest: Some(Stretch { x: 42, w: 6 }),
            blocks: vec![block(0, Hold::Free, false), block(30, hold, true), block(60, Hold::ByHand, false)],
            links: vec![34],
            href: "/roster".into(),
            on_map: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_is_cut_at_the_edges_and_nothing_outside_is_shown() {
        let axis = Axis { from: 8, hours: 10 };
        assert_eq!(axis.span(480.0, 540.0), Some((0, 12)));
        assert_eq!(axis.span(470.0, 500.0), Some((0, 4)));
        assert_eq!(axis.span(1_070.0, 1_200.0), Some((118, 2)));
        assert_eq!(axis.span(100.0, 200.0), None);
    }
}
