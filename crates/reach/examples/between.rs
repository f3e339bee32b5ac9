//! Measures ways between many places: `cargo run --release -p reach --example between -- STREETS [PLACES]`, over a file of
//! streets, or over an invented city of so many superblocks a side. Tells CPU seconds of this thread.

use reach::{
    Hierarchy, Network, Position, Profile, Reading, Snap, Streets, UNREACHED,
    city::{CitySpec, city},
    geo::{METRES_PER_DEGREE, metres},
};

fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Most memory of this process so far, in megabytes.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<f64>().ok()).unwrap_or_default() / 1_024.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [what, rest @ ..] = words.as_slice() else { return Err("between STREETS|BLOCKS [PLACES]".into()) };
    let count = rest.first().map_or(Ok(4_600), |word| word.parse())?;
    let streets = match what.parse() {
        Ok(blocks) => {
            Streets::of_draft(&city(CitySpec { seed: 1, blocks, centre: Position::new(113.82, 34.03) })?.draft)?
        }
        Err(_) => reach::read(&std::fs::read(what)?, Reading::default())?,
    };
    let network = Network::build(streets, Profile::ELDER.with_private())?;
    println!("{} nodes, {} edges, {:.0} MB", network.node_count(), network.edges().len(), peak());
    let start = cpu();
    let hierarchy = Hierarchy::build(&network);
    println!("shortcuts: {:.2} s CPU, {} arcs, {:.0} MB at most", cpu() - start, hierarchy.arc_count(), peak());
    let places = places(&network, count);
    let start = cpu();
    let (mut pairs, mut cut_off, mut far) = (0_u64, 0_u64, 0.0_f64);
    hierarchy.table(&network, &places, |_, costs| {
        for cost in costs {
            pairs += 1;
            match *cost {
                UNREACHED => cut_off += 1,
                cost => far += metres(cost),
            }
        }
    });
    println!(
        "{count} places, {pairs} pairs: {:.2} s CPU, {cut_off} without a way, {:.0} m on average, {:.0} MB at most",
        cpu() - start,
        far / (pairs - cut_off).max(1) as f64,
        peak()
    );
    Ok(())
}

/// Places near streets, always the same.
fn places(network: &Network, count: usize) -> Vec<Option<Snap>> {
    let mut dice = 7_u64;
    let mut roll = |below: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % below
    };
    let near = (0..count).map(|_| {
        let place = network.place(roll(network.node_count() as u64) as u32);
        let mut offset = || (roll(200) as f64 - 100.0) / METRES_PER_DEGREE;
        let (east, north) = (offset(), offset());
        network.snap(Position::new(place.lon + east, place.lat + north), 300.0)
    });
    near.collect()
}
