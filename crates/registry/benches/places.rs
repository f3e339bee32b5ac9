//! How long the names of places take to load: provinces to towns once per process, then the villages of one county.

use std::time::Instant;

use registry::places;

fn main() {
    let start = Instant::now();
    let name = "411002".parse().ok().and_then(places::name);
    println!("provinces to towns, first use: {:?} ({})", start.elapsed(), name.unwrap_or("?"));
    let start = Instant::now();
    let villages = "411002".parse().map(|county| places::villages_of(county).count());
    println!("villages of one county, first use: {:?} ({villages:?})", start.elapsed());
    let start = Instant::now();
    println!("find by a path of names: {:?} in {:?}", places::find("河南省许昌市魏都区"), start.elapsed());
}
