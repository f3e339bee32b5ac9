//! Measures the engine for `make bench-reach`: `measure FILE.pbf FOLDER` writes the points, facilities and candidates it
//! used, its distances, and one line of JSON with CPU seconds of this thread.

use std::{fs, io::Write, path::Path};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reach::{
    Network, Position, Profile, Reading, UNREACHED,
    geo::{METRES_PER_DEGREE, metres},
    nearest::{Facilities, Kind, Nearest},
};

type Failure = Box<dyn std::error::Error>;

/// CPU seconds of this thread so far.
fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The least CPU seconds of some runs, and what the last one made.
fn timed<T>(runs: usize, mut work: impl FnMut() -> T) -> (f64, Option<T>) {
    let mut least = f64::INFINITY;
    let mut made = None;
    for _ in 0..runs {
        drop(made.take());
        let start = cpu();
        made = Some(work());
        least = least.min(cpu() - start);
    }
    (least, made)
}

/// A home near a street: a random junction, moved by up to 150 m each way.
fn home(network: &Network, rng: &mut ChaCha8Rng) -> Position {
    let place = network.place(rng.random_range(0..network.node_count() as u32));
    let mut offset = || rng.random_range(-150.0..150.0) / METRES_PER_DEGREE;
    let (east, north) = (offset(), offset());
    let round = |degrees: f64| (degrees * 1e7).round() / 1e7;
    Position::new(round(place.lon + east / place.lat.to_radians().cos()), round(place.lat + north))
}

fn main() -> Result<(), Failure> {
    let mut words = std::env::args().skip(1);
    let (Some(file), Some(folder)) = (words.next(), words.next()) else {
        return Err("measure FILE.pbf FOLDER".into());
    };
    let folder = Path::new(&folder);
    let bytes = fs::read(&file)?;
    let (import, streets) = timed(2, || reach::read(&bytes, Reading::default()));
    let streets = streets.ok_or("nothing read")??;
    let packed = reach::pack(&streets);
    let (load, network) = timed(3, || {
        reach::read(&packed, Reading::default()).and_then(|streets| Network::build(streets, Profile::PLANNER))
    });
    let network = network.ok_or("nothing built")??;
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let points: Vec<Position> = (0..690_000).map(|_| home(&network, &mut rng)).collect();
    let mut kinds = Vec::new();
    let mut sites = Vec::new();
    for _ in 0..5 {
        let places: Vec<Position> = (0..30).map(|_| home(&network, &mut rng)).collect();
        let snaps = places.iter().filter_map(|place| network.snap(*place, 1_125.0)).collect();
        kinds.push(Kind { snaps, ..Kind::default() });
        sites.extend(places.into_iter().map(|place| (kinds.len(), place)));
    }
    let facilities = Facilities { kinds };
    let (search, _) = timed(20, || facilities.search(&network, 1_125.0));
    let (snap, _) = timed(3, || {
        let mut sum = 0_u64;
        network.snap_all(&points, 1_125.0, |_, snap| sum += snap.map_or(0, |snap| u64::from(snap.leg)));
        sum
    });
    let (all, answer) = timed(3, || Nearest::new(&network, &facilities, 1_125.0).map(|nearest| nearest.costs(&points)));
    let (costs, counts) = answer.ok_or("nothing found")??;
    write_points(&folder.join("points.csv"), &points)?;
    let mut sheet = fs::File::create(folder.join("facilities.csv"))?;
    writeln!(sheet, "id,kind,lon,lat")?;
    for (number, (kind, place)) in sites.iter().enumerate() {
        writeln!(sheet, "f{number},kind{kind},{:.7},{:.7}", place.lon, place.lat)?;
    }
    let mut distances = Vec::with_capacity(costs.len() * 4);
    for cost in &costs {
        let value = if *cost == UNREACHED { f32::NAN } else { metres(*cost) as f32 };
        distances.extend_from_slice(&value.to_le_bytes());
    }
    fs::write(folder.join("distances.f32"), distances)?;
    println!(
        "{{\"import\":{import:.4},\"load\":{load:.4},\"packed_bytes\":{},\"nodes\":{},\"junctions\":{},\"search\":{search:.5},\
         \"snap\":{snap:.4},\"all\":{all:.4},\"counted\":{},\"far\":{},\"unconnected\":{}}}",
        packed.len(),
        network.streets().node_count(),
        network.streets().junction_count(),
        counts.counted,
        counts.far,
        counts.unconnected
    );
    Ok(())
}

fn write_points(path: &Path, points: &[Position]) -> Result<(), Failure> {
    let mut text = String::from("id,lon,lat\n");
    for (number, place) in points.iter().enumerate() {
        use std::fmt::Write;
        writeln!(text, "p{number},{:.7},{:.7}", place.lon, place.lat)?;
    }
    Ok(fs::write(path, text)?)
}
