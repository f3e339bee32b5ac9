//! The text of Solomon's instances: vehicles alike, hard windows, loads, straight distances in double precision.

use std::sync::Arc;

use crate::{
    defect::Defects,
    objective::Weights,
    problem::{Caregiver, Mode, Order, Place, Problem, Roads, Service, Shift, Window},
    travel::Plane,
};

/// Most vehicles and customers that are read.
const MOST: usize = 100_000;

/// Reads an instance.
pub(super) fn read(text: &str) -> Result<Problem, Defects> {
    let mut fleet = None;
    let mut rows: Vec<[f64; 7]> = Vec::new();
    for (k, line) in text.lines().enumerate() {
        let Ok(numbers) = line.split_whitespace().map(str::parse::<f64>).collect::<Result<Vec<_>, _>>() else {
            if rows.is_empty() {
                continue; // name and headings
            }
            return Err(wrong(k, "这一行不是数字", "this line is not made of numbers"));
        };
        match (numbers.as_slice(), fleet) {
            ([], _) => {}
            (&[vehicles, capacity], None) => fleet = Some(count(k, vehicles, capacity)?),
            (&[a, b, c, d, e, f, g], Some(_)) => rows.push([a, b, c, d, e, f, g]),
            // A name may be a number.
            (_, None) => {}
            _ => return Err(wrong(k, "这一行应有 7 个数", "7 numbers are due on this line")),
        }
        if rows.len() > MOST {
            return Err(wrong(k, "客户太多", "too many customers"));
        }
    }
    let (vehicles, capacity) =
        fleet.ok_or_else(|| wrong(0, "没有车辆数和容量", "the number of vehicles and the capacity are missing"))?;
    let Some((depot, customers)) = rows.split_first() else {
        return Err(wrong(0, "没有仓库这一行", "the line of the depot is missing"));
    };
    Ok(Problem {
        places: rows.iter().map(|row| Place { x: row[1], y: row[2] }).collect(),
        orders: customers.iter().enumerate().map(|(k, row)| order(k + 1, row)).collect(),
        caregivers: (1..=vehicles).map(|k| vehicle(k, capacity, depot)).collect(),
        roads: Roads::Given(Arc::new(Plane(rows.iter().map(|row| (row[1], row[2])).collect()))),
        weights: Weights::DISTANCE,
        skills: Vec::new(),
        now: None,
    })
}

fn wrong(line: usize, chinese: &str, english: &str) -> Defects {
    Defects::one(format!("line {}", line + 1), chinese, english)
}

fn count(line: usize, vehicles: f64, capacity: f64) -> Result<(usize, f64), Defects> {
    let whole = vehicles.fract() == 0.0 && (0.0..=MOST as f64).contains(&vehicles);
    if whole {
        Ok((vehicles as usize, capacity))
    } else {
        Err(wrong(line, "车辆数不对", "the number of vehicles is not sensible"))
    }
}

fn order(place: usize, row: &[f64; 7]) -> Order {
    Order {
        id: format!("{}", row[0]),
        place,
        window: Window::hard(row[4], row[5]),
        services: vec![Service { minutes: row[6], skills: Vec::new(), level: 0 }],
        together: None,
        pickup: None,
        load: row[3],
        gender: None,
        preferred: Vec::new(),
        forbidden: Vec::new(),
        area: None,
        value: 1.0,
        priority: 0,
        pins: Vec::new(),
        known: Vec::new(),
    }
}

fn vehicle(number: usize, capacity: f64, depot: &[f64; 7]) -> Caregiver {
    Caregiver {
        id: number.to_string(),
        start: 0,
        end: Some(0),
        shifts: vec![Shift { open: depot[4], close: depot[5], overtime: 0.0, rest: None }],
        skills: Vec::new(),
        level: 0,
        gender: None,
        mode: Mode::Car,
        pace: 1.0,
        capacity: Some(capacity),
        most: None,
        areas: Vec::new(),
    }
}
