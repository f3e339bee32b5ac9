//! How long a million synthetic people take to make, and how many search rows a typed pattern reads among 690,000 names.

use std::{collections::BTreeMap, time::Instant};

use kernel::Region;
use registry::{
    elders::synthetic::People,
    pinyin::{Column, Pattern, Probe, Reading, readings},
};

const TYPED: [&str; 16] = [
    "zhangxiuying",
    "zxy",
    "zhangxy",
    "zxiuying",
    "zhangxiuy",
    "zhangxiu",
    "zhangyu",
    "zhangan",
    "zhang",
    "wangguihua",
    "wangg",
    "wgh",
    "liangen",
    "liuhong",
    "yuchijd",
    "zhangx",
];

fn main() {
    let Ok(city) = "411000".parse::<Region>() else { return };
    let start = Instant::now();
    let made = People::new(city, 1_000_000, 1).filter(|person| person.name.is_empty()).count();
    println!("1,000,000 people: {:?} ({made} without a name)", start.elapsed());
    let names: Vec<String> = People::new(city, 690_000, 1).map(|person| person.name).collect();
    let start = Instant::now();
    let rows: Vec<_> = names.iter().flat_map(|name| readings(name)).collect();
    println!("{} readings of {} names: {:?}", rows.len(), names.len(), start.elapsed());
    let mut columns: BTreeMap<Column, Vec<&str>> = BTreeMap::new();
    for row in &rows {
        columns.entry(Column::Initials).or_default().push(&row.initials);
        columns.entry(Column::Pinyin).or_default().push(&row.pinyin);
    }
    for column in columns.values_mut() {
        column.sort_unstable();
    }
    for typed in TYPED {
        let Some(pattern) = Pattern::parse(typed) else { continue };
        let found = rows.iter().filter(|row| pattern.matches(&row.pinyin)).count();
        let read = pattern.probes().into_iter().map(|probe| {
            let column = &columns[&probe.column];
            let (from, to) = [&probe.lo, &probe.hi].map(|end| column.partition_point(|v| *v < end.as_str())).into();
            let brought = rows.iter().filter(|row| lies(row, &probe)).count();
            format!("{}:{}..{} {} ({brought} brought)", probe.column.name(), probe.lo, probe.hi, to - from)
        });
        println!("{typed:>14}: {found:>6} found; rows read: {}", read.collect::<Vec<_>>().join(", "));
    }
}

fn lies(row: &Reading, probe: &Probe) -> bool {
    let within = |column, lo: &String, hi: &String| {
        let value = if column == Column::Initials { &row.initials } else { &row.pinyin };
        lo <= value && value < hi
    };
    within(probe.column, &probe.lo, &probe.hi)
        && probe.also.as_ref().is_none_or(|beside| within(beside.column, &beside.lo, &beside.hi))
}
