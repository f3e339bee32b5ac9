//! Tries of the state under change: any bytes become a small day and a row of moves on it, and after each of them the
//! times kept by steps must be those that the same rounds get when they are laid out from nothing. For the property test
//! and the fuzzer.

use super::{
    clock::Clock,
    desk::Desk,
    near::Near,
    state::{Mark, State},
};
use crate::{
    checker,
    model::{Model, NONE, Tie},
    objective::Weights,
    problem::{Caregiver, Mode, Order, Pickup, Pin, Place, Problem, Rest, Roads, Service, Shift, Together, Window},
};

/// Moves of one trial at most.
const MOVES: usize = 400;

/// Bytes read as choices; zeros when they are used up.
struct Tape<'a>(&'a [u8]);

impl Tape<'_> {
    fn below(&mut self, n: usize) -> usize {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(first) % n.max(1)
    }

    fn of<T: Copy>(&mut self, row: &[T]) -> T {
        row[self.below(row.len())]
    }
}

/// Makes a day of any bytes, moves its visits about, and compares. None: the bytes state no sound day.
///
/// # Panics
/// When a plan's times or price differ from those of the same plan laid out from nothing, when undoing does not bring
/// back what was, or when the checker finds fault.
pub fn trial(bytes: &[u8]) -> Option<()> {
    let mut tape = Tape(bytes);
    let problem = day(&mut tape);
    problem.validate().ok()?;
    let model = Model::new(&problem);
    let near = Near::new(&model);
    let mut desk = Desk::new(&model, &near, tape.below(256) as u64);
    if tape.below(2) == 0 {
        desk.construct(&Clock::new(1.0, Some(1), None));
    }
    same(&desk.state, "the first plan");
    for _ in 0..MOVES {
        if tape.0.is_empty() {
            break;
        }
        step(&mut desk, &mut tape);
    }
    judge(&mut desk);
    Some(())
}

/// One move, kept or undone.
fn step(desk: &mut Desk<'_>, tape: &mut Tape<'_>) {
    let before = desk.state.clone();
    let mark = desk.state.mark();
    desk.blink = u32::MAX;
    let made = match tape.below(8) {
        0..2 => put_in(desk, tape),
        2 => take_out(desk, tape),
        3 => cross(desk, tape),
        4..7 => desk.small_move(f64::INFINITY),
        _ => desk.ruin_and_recreate(3.0),
    };
    if made {
        sound(desk, "a move");
    }
    if made && tape.below(4) > 0 && desk.state.prove() {
        desk.state.commit();
        same(&desk.state, "a move that was kept");
    } else {
        undo(desk, mark, &before);
    }
}

fn undo(desk: &mut Desk<'_>, mark: Mark, before: &State<'_>) {
    desk.state.forget_stale();
    desk.state.undo(mark);
    let state = &desk.state;
    assert_eq!(state.rounds, before.rounds, "undo brings the rounds back");
    assert_eq!((&state.start, &state.ready), (&before.start, &before.ready), "undo brings the times back");
    assert_eq!(format!("{:?}{:?}", state.sums, state.infos), format!("{:?}{:?}", before.sums, before.infos));
}

fn put_in(desk: &mut Desk<'_>, tape: &mut Tape<'_>) -> bool {
    let mut made = false;
    for _ in 0..=tape.below(3) {
        let state = &mut desk.state;
        if state.absent.is_empty() {
            break;
        }
        let t = state.absent[tape.below(state.absent.len())];
        let r = tape.below(state.rounds.len()) as u32;
        let p = tape.below(state.rounds[r as usize].len() + 1) as u32;
        // What is fetched is placed whole: nobody asks in which round its other half would be.
        if state.model.tasks[t as usize].tie != Tie::Haul && state.welcomes(t, r) {
            state.insert(t, r, p);
            made = true;
        }
    }
    made && desk.state.settle()
}

fn take_out(desk: &mut Desk<'_>, tape: &mut Tape<'_>) -> bool {
    let mut made = false;
    for _ in 0..=tape.below(2) {
        let t = tape.below(desk.model.tasks.len()) as u32;
        if desk.state.round_of[t as usize] != NONE && !desk.model.tasks[t as usize].begun {
            desk.state.remove(t);
            made = true;
        }
    }
    made && desk.state.settle()
}

/// Tails cross wherever every task may go; what the move itself would refuse is left out.
fn cross(desk: &mut Desk<'_>, tape: &mut Tape<'_>) -> bool {
    let rounds = desk.state.rounds.len();
    let (a, b) = (tape.below(rounds) as u32, tape.below(rounds) as u32);
    let mut at = |r: u32| (r, tape.below(desk.state.rounds[r as usize].len() + 1) as u32);
    let (a, b) = (at(a), at(b));
    let fits = |(r, p): (u32, u32), into: u32| {
        desk.state.rounds[r as usize][p as usize..].iter().all(|&t| {
            let task = &desk.model.tasks[t as usize];
            !task.begun && task.mate == NONE && desk.model.eligible(t, into)
        })
    };
    if a.0 == b.0 || !fits(a, b.0) || !fits(b, a.0) {
        return false;
    }
    desk.state.swap_tails(a, b);
    desk.state.settle()
}

/// The plan is what a fresh start makes of its rounds.
fn same(state: &State<'_>, what: &str) {
    let Some(other) = state.laid_out() else { panic!("{what} cannot be laid out: {:?}", state.rounds) };
    for t in (0..state.start.len()).filter(|&t| state.round_of[t] != NONE) {
        let (a, b) = (state.start[t], other.start[t]);
        assert!((a - b).abs() <= 1e-6, "{what}: task {t} starts at {a}, laid out at {b}: {:?}", state.rounds);
    }
    assert!(state.is_as_laid_out(), "{what}: {:?} {:?}", state.sums, other.sums);
}

/// What is left of whole orders is a sound plan, too.
fn judge(desk: &mut Desk<'_>) {
    desk.clear_halves();
    same(&desk.state, "the last plan");
    sound(desk, "the last plan");
}

/// A plan of whole orders passes the checker, at the price that the search believes.
fn sound(desk: &Desk<'_>, what: &str) {
    if !desk.halves().is_empty() {
        return;
    }
    let plan = desk.state.extract();
    match checker::check(&desk.model.problem, &plan) {
        Ok((_, cost)) => assert!((cost.total() - desk.state.cost()).abs() <= 1e-6, "{cost:?} {:?}", desk.state.sums),
        Err(defects) => panic!("{what}: {defects}\n{plan:?}"),
    }
}

/// A day of few kinds of figures, so that moments meet.
fn day(tape: &mut Tape<'_>) -> Problem {
    let places =
        (0..6).map(|_| Place { x: tape.of(&[0.0, 0.0, 1_000.0, 2_500.0]), y: tape.of(&[0.0, 500.0]) }).collect();
    let caregivers = (0..1 + tape.below(5)).map(|k| caregiver(tape, k)).collect::<Vec<_>>();
    let orders = (0..1 + tape.below(12)).map(|k| order(tape, k, &caregivers)).collect();
    let fair = tape.of(&[0.0, 0.0, 1.0]);
    Problem {
        places,
        orders,
        caregivers,
        roads: Roads::Straight { detour: tape.of(&[1.0, 1.3]) },
        weights: Weights { unserved: 1_000.0, fairness: fair, ..Weights::default() },
        skills: vec!["x".into()],
        now: tape.of(&[None, None, None, Some(500.0)]),
    }
}

fn caregiver(tape: &mut Tape<'_>, k: usize) -> Caregiver {
    let close = tape.of(&[720.0, 840.0, 1_020.0]);
    let rest = Rest { open: tape.of(&[540.0, 600.0]), latest: 660.0, minutes: tape.of(&[30.0, 60.0]) };
    let first =
        Shift { open: 480.0, close, overtime: tape.of(&[0.0, 30.0, 240.0]), rest: tape.of(&[None, Some(rest)]) };
    let second = Shift { open: close + 300.0, close: close + 480.0, overtime: 0.0, rest: None };
    Caregiver {
        id: format!("c{k}"),
        start: tape.below(6),
        end: tape.of(&[None, Some(0), Some(1)]),
        shifts: if tape.below(5) == 0 { vec![first, second] } else { vec![first] },
        skills: if tape.below(3) > 0 { vec!["x".into()] } else { Vec::new() },
        level: 0,
        gender: None,
        mode: tape.of(&[Mode::Ebike, Mode::Walk, Mode::Car]),
        pace: 1.0,
        capacity: tape.of(&[None, None, Some(2.0)]),
        most: tape.of(&[None, None, Some(240.0)]),
        areas: Vec::new(),
    }
}

fn order(tape: &mut Tape<'_>, k: usize, caregivers: &[Caregiver]) -> Order {
    let open = tape.of(&[480.0, 480.0, 495.0, 510.0, 540.0, 600.0, 660.0]);
    let close = open + tape.of(&[0.0, 15.0, 60.0, 180.0]);
    let latest = tape.of(&[None, Some(close), Some(close + 60.0), Some(close + 240.0)]);
    let mut service = || Service {
        minutes: tape.of(&[0.0, 10.0, 15.0, 30.0, 45.0]),
        skills: if tape.below(4) == 0 { vec!["x".into()] } else { Vec::new() },
        level: 0,
    };
    let (first, second) = (service(), service());
    let gaps = [(0.0, 0.0), (0.0, 15.0), (10.0, 10.0), (0.0, 60.0), (20.0, 120.0), (30.0, 45.0)];
    let together = match tape.below(5) {
        0 => Some(Together::Simultaneous),
        1..3 => {
            let (min, max) = tape.of(&gaps);
            Some(Together::Sequential { min, max })
        }
        _ => None,
    };
    let fetched = together.is_none() && tape.below(6) == 0;
    let window = Window { open: 480.0, close: Some(close), latest: None };
    let mut order = Order {
        id: format!("o{k}"),
        place: tape.below(6),
        window: Window { open, close: Some(close), latest },
        services: if together.is_some() { vec![first, second] } else { vec![first] },
        together,
        pickup: fetched.then_some(Pickup { place: 0, minutes: 5.0, window }),
        load: tape.of(&[0.0, 1.0]),
        gender: None,
        preferred: Vec::new(),
        forbidden: Vec::new(),
        area: None,
        value: 1.0,
        priority: 0,
        pins: Vec::new(),
        known: Vec::new(),
    };
    if tape.below(8) == 0 {
        let caregiver = caregivers[tape.below(caregivers.len())].id.clone();
        let start = tape.of(&[480.0, 490.0, 520.0, 600.0]);
        order.pins.push(Pin {
            caregiver,
            part: tape.below(order.parts()),
            start: Some(start),
            begun: tape.below(3) > 0,
        });
    }
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::trial;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn times_kept_by_steps_are_those_of_a_fresh_start(bytes in proptest::collection::vec(any::<u8>(), 100..900)) {
            let _ = trial(&bytes);
        }
    }
}
