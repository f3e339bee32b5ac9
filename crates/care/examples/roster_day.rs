//! Measures what a planning job computes for an invented day of one provider: the problem, the search, reasons for who is
//! left out, and the day one by one for comparison. What it reads from the database beforehand is not in it.
//! `cargo run --release -p care --example roster_day -- [ORDERS] [CAREGIVERS] [SEED] [streets]`, over straight lines or over
//! the streets of an invented city.

use std::{ops::ControlFlow, process::ExitCode};

use care::{
    orders::{Channel, Order, Stage},
    roster::{
        Figures, RosterRules,
        engine::{self, Effort},
        gather::{Hand, Job, Workday},
        hours::{Hours, Mode},
        ways::Ground,
    },
};
use chrono::{NaiveDate, TimeDelta};
use kernel::Region;
use reach::{
    Position, Streets,
    city::{CitySpec, city},
};
use registry::workers::Worker;
use rounds::{City, Problem, cpu_seconds};
use uuid::Uuid;

/// A degree of latitude, metres; and where the day takes place.
const DEGREE_M: f64 = 111_195.0;
const CORNER: (f64, f64) = (113.75, 33.95);

fn main() -> ExitCode {
    let word = |k: usize, usual: u64| std::env::args().nth(k).and_then(|word| word.parse().ok()).unwrap_or(usual);
    let (orders, caregivers) = (word(1, 4_000) as usize, word(2, 600) as usize);
    let problem = City { orders, caregivers, seed: word(3, 1), ..City::default() }.problem();
    let Some(day) = workday(&problem) else {
        eprintln!("no such day or place");
        return ExitCode::FAILURE;
    };
    let day = if std::env::args().nth(4).is_some() { on_streets(day, &problem) } else { day };
    let effort = Effort { seconds: day.rules.seconds(orders), gently: false };
    println!("{orders} orders, {caregivers} caregivers, {:.0} s of search", effort.seconds);
    let start = cpu_seconds();
    let mut first = None;
    let laid = engine::compute(&day, &[], effort, &mut |_| {
        first.get_or_insert_with(|| cpu_seconds() - start);
        ControlFlow::Continue(())
    });
    let whole = cpu_seconds() - start;
    match laid {
        Ok(laid) => {
            let first = first.unwrap_or_default();
            println!("{whole:.1} s CPU in all, first plan after {first:.2} s, {:.0} MB at most", peak_mb());
            println!("{:?}", laid.figures.ways);
            told("planned", &laid.figures.plan);
            laid.figures.one_by_one.iter().for_each(|figures| told("one by one", figures));
            ExitCode::SUCCESS
        }
        Err(refusal) => {
            eprintln!("{refusal:?}");
            ExitCode::FAILURE
        }
    }
}

/// Puts the streets of an invented city under a day.
fn on_streets(day: Workday, problem: &Problem) -> Workday {
    let side = problem.places.iter().map(|place| place.x.max(place.y)).fold(0.0, f64::max);
    let middle = (side / 2.0 / DEGREE_M / CORNER.1.to_radians().cos(), side / 2.0 / DEGREE_M);
    let centre = Position::new(CORNER.0 + middle.0, CORNER.1 + middle.1);
    let start = cpu_seconds();
    let made = city(CitySpec { seed: 1, blocks: (side / 500.0) as u32 + 2, centre });
    let ground = made.and_then(|made| Streets::of_draft(&made.draft)).and_then(Ground::over).unwrap_or_default();
    println!("streets: {:.2} s CPU, {:.0} MB at most", cpu_seconds() - start, peak_mb());
    Workday { ground, ..day }
}

fn told(name: &str, figures: &Figures) {
    println!(
        "{name}: {} unserved, {} min on the way, {} late by {} min, familiar {} of {}, {} min overtime, {} caregivers",
        figures.unserved,
        figures.way_mins,
        figures.late_visits,
        figures.late_mins,
        figures.familiar,
        figures.acquainted,
        figures.overtime_mins,
        figures.caregivers
    );
}

/// Most memory of this process so far.
fn peak_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<f64>().ok()).unwrap_or_default() / 1_024.0
}

fn workday(problem: &Problem) -> Option<Workday> {
    let day = NaiveDate::from_ymd_opt(2026, 11, 23)?;
    let mut whole = Workday {
        provider: Uuid::nil(),
        place: "411002".parse::<Region>().ok()?,
        day,
        now: None,
        rules: RosterRules::default(),
        rulebook: "default".into(),
        jobs: Vec::new(),
        hands: Vec::new(),
        ground: Ground::default(),
    };
    whole.hands = (0..problem.caregivers.len()).map(|k| hand(problem, k, &whole.rules)).collect();
    whole.jobs = (0..problem.orders.len()).map(|k| job(problem, k, &whole)).collect();
    Some(whole)
}

fn point(problem: &Problem, place: usize) -> (f64, f64) {
    let place = problem.places[place];
    let width = CORNER.1.to_radians().cos();
    (CORNER.0 + place.x / DEGREE_M / width, CORNER.1 + place.y / DEGREE_M)
}

fn id(kind: u128, k: usize) -> Uuid {
    Uuid::from_u128(kind << 64 | k as u128)
}

fn class(problem: &Problem, skill: &str) -> i16 {
    problem.skills.iter().position(|known| known == skill).map_or(1, |at| at as i16 + 1)
}

fn hand(problem: &Problem, k: usize, rules: &RosterRules) -> Hand {
    let caregiver = &problem.caregivers[k];
    let (longitude, latitude) = point(problem, caregiver.start);
    let mode = match caregiver.mode {
        rounds::Mode::Walk => Mode::Walk,
        rounds::Mode::Ebike => Mode::Ebike,
        rounds::Mode::Car => Mode::Car,
    };
    let worker = Worker {
        id: id(1, k),
        place: 411_002,
        name: caregiver.id.clone(),
        sex: 2,
        phone: String::new(),
        cert_level: None,
        skills: caregiver.skills.iter().fold(0, |bits, skill| bits | 1 << class(problem, skill)),
        longitude: Some(longitude),
        latitude: Some(latitude),
        status: "active".into(),
        version: 1,
    };
    let hours = Hours { mode: mode.code(), ..Hours::usual(Uuid::nil(), worker.id, rules) };
    Hand { worker, hours, away: None }
}

fn job(problem: &Problem, k: usize, day: &Workday) -> Job {
    let order = &problem.orders[k];
    let row = Order {
        home: 411_002,
        id: id(2, k),
        place: 411_002,
        number: order.id.clone(),
        elder: id(3, k),
        item: "bath".into(),
        item_name: "助浴".into(),
        class: class(problem, &order.services[0].skills[0]),
        minutes: order.services[0].minutes as i32,
        least_minutes: 10,
        pair: order.services.len() == 2,
        window_start: day.moment(order.window.open),
        window_end: day.moment(order.window.close.or(order.window.latest).unwrap_or(order.window.open)),
        channel: Channel::Phone.code(),
        price_fen: 0,
        subsidy_fen: 0,
        own_fen: 0,
        rulebook: Uuid::nil(),
        provider: Some(day.provider),
        worker: None,
        second: None,
        status: Stage::Accepted.code(),
        tries: 0,
        due_at: None,
        seen_at: None,
        placed_at: day.midnight() - TimeDelta::seconds((k as i64 * 7_919) % 86_400),
        started_at: None,
        ended_at: None,
        confirmed_how: None,
        score: None,
        closed_at: None,
        note_sealed: None,
        rating_sealed: None,
        version: 1,
    };
    let known = |name: &String| problem.caregivers.iter().position(|caregiver| caregiver.id == *name);
    Job {
        order: row,
        elder: None,
        point: point(problem, order.place),
        is_guessed: false,
        familiar: order.preferred.iter().filter_map(known).map(|k| id(1, k)).collect(),
        sex: None,
    }
}
