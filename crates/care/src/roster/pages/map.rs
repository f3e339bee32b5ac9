//! The day's rounds on a map: server-made, a colour and a dash a caregiver, stops numbered in visiting order.

use std::fmt::Write as _;

use askama::{Template, filters::HtmlSafe};
use uuid::Uuid;
use web::filters;

use super::{gaps::GapRow, wording};
use crate::{
    roster::{Hold, Stop, desk::Desk},
    visits::Point,
};

/// Width and height of the plane.
const SIZE: (f64, f64) = (470.0, 440.0);
const MARGIN: f64 = 34.0;
/// Rounds shown at once: more than anybody tells apart.
pub(super) const ROUNDS: usize = 3;

/// A stop on the map.
#[derive(Clone, Debug)]
struct Spot {
    x: String,
    y: String,
    label: String,
    is_two: bool,
    is_guessed: bool,
    time: String,
    item: String,
    elder: Option<String>,
}

/// A round.
#[derive(Clone, Debug)]
struct Way {
    n: usize,
    name: String,
    path: String,
    start: Option<(String, String)>,
    spots: Vec<Spot>,
}

/// The map.
#[derive(Clone, Debug, Template)]
#[template(path = "roster/_map.html")]
pub(crate) struct MapView {
    ways: Vec<Way>,
    gaps: Vec<(String, String, String)>,
    /// Length of the scale in the plane, and what it says.
    scale: (String, String),
    guessed: usize,
}

impl HtmlSafe for MapView {}

/// From degrees to the plane, north up, true to scale.
struct Frame {
    middle: Point,
    /// Units a metre.
    zoom: f64,
}

const DEGREE_M: f64 = 111_195.0;

impl Frame {
    fn of(points: &[Point]) -> Self {
        let fold = |read: fn(&Point) -> f64| {
            points.iter().map(read).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        };
        let (east, north) = (fold(|point| point.0), fold(|point| point.1));
        if points.is_empty() {
            return Self { middle: (0.0, 0.0), zoom: 0.1 };
        }
        let middle = (f64::midpoint(east.0, east.1), f64::midpoint(north.0, north.1));
        let width = (east.1 - east.0) * DEGREE_M * middle.1.to_radians().cos();
        let height = (north.1 - north.0) * DEGREE_M;
        let fits = ((SIZE.0 - 2.0 * MARGIN) / width.max(200.0)).min((SIZE.1 - 2.0 * MARGIN) / height.max(200.0));
        Self { middle, zoom: fits }
    }

    fn place(&self, point: Point) -> (f64, f64) {
        let east = (point.0 - self.middle.0) * DEGREE_M * self.middle.1.to_radians().cos();
        let north = (point.1 - self.middle.1) * DEGREE_M;
        (SIZE.0 / 2.0 + east * self.zoom, SIZE.1 / 2.0 - north * self.zoom)
    }

    /// A round length near a fifth of the width.
    fn scale(&self) -> (String, String) {
        let wanted = SIZE.0 / 5.0 / self.zoom;
        let lengths = [100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0];
        let metres = lengths.into_iter().rfind(|length| *length <= wanted).unwrap_or(100.0);
        let says = if metres < 1_000.0 { format!("{metres:.0} m") } else { format!("{:.0} km", metres / 1_000.0) };
        (format!("{:.0}", metres * self.zoom), says)
    }
}

fn at((x, y): (f64, f64)) -> (String, String) {
    (format!("{x:.1}"), format!("{y:.1}"))
}

impl MapView {
    /// The rounds of some caregivers, and what nobody serves.
    pub(super) fn of(desk: &Desk, who: &[Uuid], rows: &[GapRow]) -> Self {
        let own = |worker: Uuid| desk.stops.iter().filter(move |stop| stop.worker == worker);
        let mut points: Vec<Point> = Vec::new();
        for worker in who {
            points.extend(desk.day.hand(*worker).and_then(|hand| hand.worker.point()));
            points.extend(own(*worker).filter_map(|stop| desk.day.job(stop.order)).map(|job| job.point));
        }
        let jobs = rows.iter().filter_map(|row| Some((row.letter.clone(), desk.day.job(row.order)?.point)));
        let jobs: Vec<(String, Point)> = jobs.collect();
        points.extend(jobs.iter().map(|(_, point)| *point));
        let frame = Frame::of(&points);
        let ways: Vec<Way> = who
            .iter()
            .enumerate()
            .filter_map(|(n, worker)| {
                let hand = desk.day.hand(*worker)?;
                let start = hand.worker.point().map(|point| frame.place(point));
                let stops: Vec<&Stop> = own(*worker).collect();
                Some(way(desk, &frame, (n, hand.worker.name.clone()), (start, &stops)))
            })
            .collect();
        let guessed = ways.iter().flat_map(|way| &way.spots).filter(|spot| spot.is_guessed).count();
        let gaps = jobs.into_iter().map(|(letter, point)| {
            let (x, y) = at(frame.place(point));
            (letter, x, y)
        });
        Self { ways, gaps: gaps.collect(), scale: frame.scale(), guessed }
    }

    /// An invented map.
    pub(super) fn sample() -> Self {
        let spot = |n: usize, is_two| Spot {
            x: format!("{}", 40 * n),
            y: "80.0".into(),
            label: n.to_string(),
            is_two,
            is_guessed: n == 2,
            time: "09:30–10:30".into(),
            item: "助浴".into(),
            elder: (n != 2).then(|| "方长顺".into()),
        };
        let way = |n, name: &str| Way {
            n,
            name: name.into(),
            path: "M10 10L80 80".into(),
            start: Some(("10.0".into(), "10.0".into())),
            spots: vec![spot(1, false), spot(2, true)],
        };
        let gaps = vec![("A".into(), "200.0".into(), "120.0".into())];
        Self {
            ways: vec![way(0, "孙丽萍"), way(1, "何军")], gaps, scale: ("90".into(), "1 km".into()), guessed: 2
        }
    }
}

fn way(desk: &Desk, frame: &Frame, (n, name): (usize, String), (start, stops): (Option<(f64, f64)>, &[&Stop])) -> Way {
    let mut path = String::new();
    let mut pen = |point: (f64, f64)| {
        let _ = write!(path, "{}{:.1} {:.1}", if path.is_empty() { 'M' } else { 'L' }, point.0, point.1);
    };
    if let Some(start) = start {
        pen(start);
    }
    let mut spots = Vec::new();
    for (nth, stop) in stops.iter().enumerate() {
        let Some(job) = desk.day.job(stop.order) else { continue };
        let place = frame.place(job.point);
        pen(place);
        let (x, y) = at(place);
        spots.push(Spot {
            x,
            y,
            label: (nth + 1).to_string(),
            is_two: job.order.pair,
            is_guessed: job.is_guessed && stop.hold != Hold::Begun,
            time: format!("{}–{}", wording::clock(stop.start), wording::clock(stop.end)),
            item: job.order.item_name.clone(),
            elder: job.elder.as_ref().map(|elder| elder.name.clone()),
        });
    }
    Way { n, name, path, start: start.map(at), spots }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_holds_all_its_points_and_keeps_north_up() {
        let points = [(113.80, 34.00), (113.90, 34.05), (113.85, 34.02)];
        let frame = Frame::of(&points);
        let placed = points.map(|point| frame.place(point));
        assert!(placed.iter().all(|(x, y)| (0.0..=SIZE.0).contains(x) && (0.0..=SIZE.1).contains(y)), "{placed:?}");
        assert!(placed[1].1 < placed[0].1 && placed[1].0 > placed[0].0);
        assert_eq!(frame.scale().1, "2 km");
    }
}
