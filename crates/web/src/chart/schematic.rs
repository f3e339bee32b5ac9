//! A map of places whose boundaries nobody gave us: deterministic, organic, plainly invented. The codes alone decide
//! the picture, so that a city looks the same every day; districts lie inside, counties around them.
//!
//! A round-ish outline is cut into Voronoi cells; each border between two cells is roughened once, so that both
//! neighbours share it.

use std::{
    collections::{BTreeMap, HashMap},
    f64::consts::TAU,
    fmt::Write as _,
    sync::{LazyLock, Mutex, PoisonError},
};

use super::Shape;

/// Width and height of the plane.
pub const SIZE: (f64, f64) = (640.0, 440.0);

const CENTRE: Point = (320.0, 220.0);

type Point = (f64, f64);

/// Maps drawn lately, some 50 KB each: drawing one costs more than all the figures on it.
static DRAWN: LazyLock<Mutex<HashMap<Vec<u32>, Vec<Shape>>>> = LazyLock::new(Mutex::default);

/// Maps kept at most; then all are drawn anew.
const KEPT: usize = 128;

/// One shape per county (or city) code, in the order given.
#[must_use]
pub fn map(codes: &[u32]) -> Vec<Shape> {
    // Nobody panics while holding the lock, so a poisoned map is still whole.
    let drawn = || DRAWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(map) = drawn().get(codes) {
        return map.clone();
    }
    let map = draw(codes);
    let mut drawn = drawn();
    if drawn.len() >= KEPT {
        drawn.clear();
    }
    drawn.insert(codes.to_vec(), map.clone());
    map
}

fn draw(codes: &[u32]) -> Vec<Shape> {
    if codes.is_empty() {
        return Vec::new();
    }
    let mut dice = Dice(codes.iter().fold(0x5a17_u64, |seed, code| seed.rotate_left(7) ^ u64::from(*code)));
    let outline = outline(&mut dice);
    let seeds = settle(seeds(codes, &mut dice), &outline);
    let mut borders = BTreeMap::new();
    let cells = (0..seeds.len()).map(|at| {
        let cell = roughen(&cell(at, &seeds, &outline), &outline, &mut borders);
        let (x, y) = heart(&cell);
        Shape { path: path(&cell), x, y }
    });
    cells.collect()
}

/// splitmix64: the same codes give the same map on every machine.
struct Dice(u64);

impl Dice {
    /// Between 0 and 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// Between -1 and 1.
    fn swing(&mut self) -> f64 {
        self.roll() * 2.0 - 1.0
    }
}

/// A closed, wobbling coast around the centre.
fn outline(dice: &mut Dice) -> Vec<Point> {
    let waves: Vec<(f64, f64, f64)> =
        [(2.0, 0.09), (3.0, 0.07), (5.0, 0.045), (9.0, 0.02), (17.0, 0.011), (29.0, 0.007)]
            .into_iter()
            .map(|(count, size)| (count, size * (0.7 + 0.6 * dice.roll()), dice.roll() * TAU))
            .collect();
    let point = |step: u16| {
        let angle = f64::from(step) / 180.0 * TAU;
        let radius =
            waves.iter().fold(0.84, |radius, (count, size, turn)| radius + size * (count * angle + turn).cos());
        (CENTRE.0 + 300.0 * radius * angle.cos(), CENTRE.1 + 204.0 * radius * angle.sin())
    };
    fill((0..180).map(point).collect())
}

/// Stretches a coast to the edges of the plane.
fn fill(coast: Vec<Point>) -> Vec<Point> {
    const MARGIN: f64 = 6.0;
    let (left, top, right, bottom) = bounds(&coast);
    let stretch = |point: Point| {
        let x = (point.0 - left) / (right - left) * (SIZE.0 - 2.0 * MARGIN) + MARGIN;
        let y = (point.1 - top) / (bottom - top) * (SIZE.1 - 2.0 * MARGIN) + MARGIN;
        (x, y)
    };
    coast.into_iter().map(stretch).collect()
}

/// Left, top, right, bottom.
fn bounds(polygon: &[Point]) -> (f64, f64, f64, f64) {
    polygon.iter().fold((f64::MAX, f64::MAX, f64::MIN, f64::MIN), |bounds, point| {
        (bounds.0.min(point.0), bounds.1.min(point.1), bounds.2.max(point.0), bounds.3.max(point.1))
    })
}

/// Where each place begins: districts (last two digits up to 20) near the centre, the rest around them.
fn seeds(codes: &[u32], dice: &mut Dice) -> Vec<Point> {
    let is_inner = |code: &u32| (1..=20).contains(&(code % 100)) && codes.len() > 2;
    let inner = codes.iter().filter(|code| is_inner(code)).count();
    let mixed = inner > 0 && inner < codes.len();
    let (turn, mut nth) = (dice.roll() * TAU, [0_u32; 2]);
    let mut place = |code: &u32| {
        let ring = usize::from(!is_inner(code));
        let count = if ring == 0 { inner } else { codes.len() - inner };
        let share = f64::from(nth[ring]) / f64::from(u32::try_from(count.max(1)).unwrap_or(1));
        nth[ring] += 1;
        let reach = match (mixed, ring, count) {
            (true, 0, 1) => 0.05,
            (true, 0, _) => 0.24,
            (true, _, _) => 0.62,
            // One ring only: alternate near and far, so that many fit.
            (false, _, 1) => 0.0,
            (false, _, _) => {
                if nth[ring] % 2 == 0 && count > 5 {
                    0.25
                } else {
                    0.58
                }
            }
        };
        let angle = turn + share * TAU + 0.2 * dice.swing();
        let reach = reach + 0.05 * dice.swing();
        (CENTRE.0 + 260.0 * reach * angle.cos(), CENTRE.1 + 180.0 * reach * angle.sin())
    };
    codes.iter().map(&mut place).collect()
}

/// Lloyd's rounds: each seed goes half the way to the middle of its cell.
fn settle(mut seeds: Vec<Point>, outline: &[Point]) -> Vec<Point> {
    for _ in 0..4 {
        let middles: Vec<Point> = (0..seeds.len()).map(|at| middle(&cell(at, &seeds, outline), seeds[at])).collect();
        for (seed, middle) in seeds.iter_mut().zip(middles) {
            *seed = (f64::midpoint(seed.0, middle.0), f64::midpoint(seed.1, middle.1));
        }
    }
    seeds
}

/// The part of the outline that is nearer to this seed than to any other.
fn cell(at: usize, seeds: &[Point], outline: &[Point]) -> Vec<Point> {
    let own = seeds[at];
    let others = seeds.iter().enumerate().filter(|(other, _)| *other != at);
    others.fold(outline.to_vec(), |cell, (_, other)| nearer(&cell, own, *other))
}

/// Cuts a polygon at the line half-way between two seeds and keeps the own side.
fn nearer(polygon: &[Point], own: Point, other: Point) -> Vec<Point> {
    let (dx, dy) = (other.0 - own.0, other.1 - own.1);
    let (mx, my) = (f64::midpoint(own.0, other.0), f64::midpoint(own.1, other.1));
    let beyond = |point: Point| (point.0 - mx) * dx + (point.1 - my) * dy;
    let mut kept = Vec::with_capacity(polygon.len());
    for (at, &here) in polygon.iter().enumerate() {
        let next = polygon[(at + 1) % polygon.len()];
        let (a, b) = (beyond(here), beyond(next));
        if a <= 0.0 {
            kept.push(here);
        }
        if (a < 0.0) != (b < 0.0) && (a - b).abs() > 1e-12 {
            let share = a / (a - b);
            kept.push((here.0 + share * (next.0 - here.0), here.1 + share * (next.1 - here.1)));
        }
    }
    kept
}

/// A point on a grid of a hundredth, to recognise it again.
type Mark = (i64, i64);

fn mark(point: Point) -> Mark {
    #[expect(clippy::cast_possible_truncation, reason = "points lie on a plane of 640 by 440")]
    let grid = |value: f64| (value * 100.0).round() as i64;
    (grid(point.0), grid(point.1))
}

/// Roughens the borders to neighbours; the coast is rough already.
fn roughen(cell: &[Point], coast: &[Point], borders: &mut BTreeMap<(Mark, Mark), Vec<Point>>) -> Vec<Point> {
    let on_coast: std::collections::BTreeSet<Mark> = coast.iter().map(|point| mark(*point)).collect();
    let mut rough = Vec::new();
    for (at, &here) in cell.iter().enumerate() {
        let next = cell[(at + 1) % cell.len()];
        rough.push(here);
        let (from, to) = (mark(here), mark(next));
        let (dx, dy) = (next.0 - here.0, next.1 - here.1);
        let inland = !(on_coast.contains(&from) || on_coast.contains(&to)) && dx.hypot(dy) > 14.0;
        if !inland {
            continue;
        }
        let forward = from < to;
        let key = if forward { (from, to) } else { (to, from) };
        let (start, end) = if forward { (here, next) } else { (next, here) };
        let border = borders.entry(key).or_insert_with(|| wander(start, end));
        if forward { rough.extend(border.iter().copied()) } else { rough.extend(border.iter().rev().copied()) }
    }
    rough
}

/// The way of a border between its ends: midpoints pushed aside, five times.
fn wander(start: Point, end: Point) -> Vec<Point> {
    let (a, b) = (mark(start), mark(end));
    let seed = [a.0, a.1, b.0, b.1].iter().fold(7_u64, |seed, part| seed.rotate_left(13) ^ part.unsigned_abs());
    let mut dice = Dice(seed);
    let mut way = vec![start, end];
    let mut push = 0.11;
    for _ in 0..5 {
        let mut finer = vec![way[0]];
        for pair in way.windows(2) {
            let (dx, dy) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
            let aside = push * dice.swing();
            let middle =
                (f64::midpoint(pair[0].0, pair[1].0) - dy * aside, f64::midpoint(pair[0].1, pair[1].1) + dx * aside);
            finer.extend([middle, pair[1]]);
        }
        way = finer;
        push *= 1.05;
    }
    way[1..way.len() - 1].to_vec()
}

/// The middle of a polygon's area; the seed when it has none.
fn middle(polygon: &[Point], seed: Point) -> Point {
    let (mut area, mut x, mut y) = (0.0, 0.0, 0.0);
    for (at, &(ax, ay)) in polygon.iter().enumerate() {
        let (bx, by) = polygon[(at + 1) % polygon.len()];
        let cross = ax * by - bx * ay;
        area += cross;
        x += (ax + bx) * cross;
        y += (ay + by) * cross;
    }
    if area.abs() < 1e-9 { seed } else { (x / (3.0 * area), y / (3.0 * area)) }
}

/// The point farthest from any border: where a name fits best. Names are wide, so height counts more.
fn heart(polygon: &[Point]) -> Point {
    let bounds = bounds(polygon);
    let mut best = (0.0, CENTRE);
    for column in 1..24_u8 {
        for row in 1..24_u8 {
            let x = bounds.0 + (bounds.2 - bounds.0) * f64::from(column) / 24.0;
            let y = bounds.1 + (bounds.3 - bounds.1) * f64::from(row) / 24.0;
            if let Some(room) = room(polygon, (x, y), best.0)
                && is_inside(polygon, (x, y))
            {
                best = (room, (x.round(), y.round()));
            }
        }
    }
    best.1
}

/// The square of the distance to the nearest corner; none unless it is more than `least`.
fn room(polygon: &[Point], point: Point, least: f64) -> Option<f64> {
    let mut nearest = f64::MAX;
    for corner in polygon {
        let (dx, dy) = ((corner.0 - point.0) * 0.62, corner.1 - point.1);
        nearest = nearest.min(dx * dx + dy * dy);
        if nearest <= least {
            return None;
        }
    }
    Some(nearest)
}

fn is_inside(polygon: &[Point], point: Point) -> bool {
    let mut inside = false;
    for (at, &a) in polygon.iter().enumerate() {
        let b = polygon[(at + 1) % polygon.len()];
        if (a.1 > point.1) != (b.1 > point.1) && point.0 < (b.0 - a.0) * (point.1 - a.1) / (b.1 - a.1) + a.0 {
            inside = !inside;
        }
    }
    inside
}

fn path(polygon: &[Point]) -> String {
    let mut path = String::with_capacity(polygon.len() * 12);
    for (at, (x, y)) in polygon.iter().enumerate() {
        let _ = write!(path, "{}{x:.1} {y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    path.push('Z');
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    const XUCHANG: [u32; 6] = [411_002, 411_003, 411_024, 411_025, 411_081, 411_082];

    fn points(shape: &Shape) -> Vec<Point> {
        let number = |text: &str| text.parse::<f64>().unwrap();
        let pair = |text: &str| text.split_once(' ').map(|(x, y)| (number(x), number(y))).unwrap();
        shape.path.trim_start_matches('M').trim_end_matches('Z').split('L').map(pair).collect()
    }

    fn area(polygon: &[Point]) -> f64 {
        let cross = |at: usize| {
            let ((ax, ay), (bx, by)) = (polygon[at], polygon[(at + 1) % polygon.len()]);
            ax * by - bx * ay
        };
        ((0..polygon.len()).map(cross).sum::<f64>() / 2.0).abs()
    }

    #[test]
    fn the_same_codes_give_the_same_map_and_other_codes_another() {
        assert_eq!(map(&XUCHANG), map(&XUCHANG));
        assert_ne!(map(&XUCHANG)[0], map(&[411_002, 411_003, 411_024, 411_025, 411_081, 411_083])[0]);
    }

    #[test]
    fn every_place_has_room_for_its_name_and_lies_on_the_plane() {
        for count in 1..=21_u32 {
            let codes: Vec<u32> = (1..=count).map(|nth| 411_000 + if nth % 3 == 0 { nth } else { nth + 20 }).collect();
            for shape in map(&codes) {
                let polygon = points(&shape);
                assert!(is_inside(&polygon, (shape.x, shape.y)), "{count}");
                assert!(area(&polygon) > 1500.0, "{count}: {}", area(&polygon));
                assert!(
                    polygon.iter().all(|(x, y)| (0.0..=SIZE.0).contains(x) && (0.0..=SIZE.1).contains(y)),
                    "{count}"
                );
            }
        }
    }

    #[test]
    fn neighbours_share_their_border_and_the_cells_cover_the_outline_without_overlap() {
        let shapes = map(&XUCHANG);
        let whole: f64 = map(&[411_002]).iter().map(|shape| area(&points(shape))).sum();
        let parts: f64 = shapes.iter().map(|shape| area(&points(shape))).sum();
        // Another seed, another coast: the areas agree roughly, and a gap or overlap would be far larger.
        assert!((parts / whole - 1.0).abs() < 0.25, "{parts} of {whole}");
        let mut uses = BTreeMap::new();
        for point in shapes.iter().flat_map(points) {
            *uses.entry(mark(point)).or_insert(0) += 1;
        }
        assert!(uses.values().filter(|count| **count >= 2).count() > 100, "borders are shared point by point");
    }

    #[test]
    fn no_codes_give_no_map() {
        assert!(map(&[]).is_empty());
    }
}
