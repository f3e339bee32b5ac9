//! Measures the engine for `make bench-reach`: `measure FILE.pbf FOLDER` writes the points, facilities and candidates it
//! used, its distances, and one line of JSON with CPU seconds of this thread; `measure BLOCKS` measures an invented province.

use std::{fs, io::Write, path::Path, sync::Arc};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reach::{
    Field, Network, Person, Plan, Position, Profile, Queue, Reading, Snap, Streets, UNREACHED,
    city::{CitySpec, city},
    geo::{METRES_PER_DEGREE, metres, units},
    nearest::{Facilities, Kind, Nearest},
    site::{Cover, Terms, choose},
};

type Failure = Box<dyn std::error::Error>;
type Report = Vec<(&'static str, String)>;

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
    if let Some(blocks) = words.next().filter(|_| std::env::args().len() == 2) {
        return province(blocks.parse()?);
    }
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
    let network = Arc::new(network.ok_or("nothing built")??);
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
    write_facilities(&folder.join("facilities.csv"), &sites)?;
    let text = text(&network, folder)?;
    let mut report = vec![
        ("text", format!("{text:.4}")),
        ("import", format!("{import:.4}")),
        ("load", format!("{load:.4}")),
        ("packed_bytes", packed.len().to_string()),
        ("nodes", network.streets().node_count().to_string()),
        ("search", format!("{search:.5}")),
        ("snap", format!("{snap:.4}")),
        ("all", format!("{all:.4}")),
        ("counted", counts.counted.to_string()),
        ("far", counts.far.to_string()),
        ("unconnected", counts.unconnected.to_string()),
    ];
    for_peers(&network, &points, &sites, folder)?;
    edits(&network, &points, &sites, &mut report)?;
    siting(&network, &points, &mut rng, (folder, &mut report))?;
    drop(costs);
    let fields: Vec<String> = report.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    println!("{{{}}}", fields.join(","));
    Ok(())
}

/// The whole way from the text of the points to the text of the distances.
fn text(network: &Network, folder: &Path) -> Result<f64, Failure> {
    let bytes = fs::read(folder.join("points.csv"))?;
    let facilities = Facilities::read(network, &fs::read(folder.join("facilities.csv"))?, None, 1_125.0)?;
    let nearest = Nearest::new(network, &facilities, 1_125.0)?;
    let (text, table) = timed(1, || nearest.table(&bytes, None, 1));
    fs::write(folder.join("distances.csv"), table.ok_or("no table")??.0)?;
    Ok(text)
}

/// An invented province: so many superblocks a side, and 430 homes in each.
fn province(blocks: u32) -> Result<(), Failure> {
    let centre = Position::new(113.82, 34.03);
    let homes = blocks.pow(2) as usize * 430;
    let (making, made) =
        timed(1, || city(CitySpec { seed: 1, blocks, centre }).map(|city| (city.homes(1, homes), city)));
    let (points, city) = made.ok_or("no city")??;
    let sites = city.homes(2, 5 * 30 * homes / 690_000 + 5);
    let (build, network) =
        timed(1, || Streets::of_draft(&city.draft).and_then(|streets| Network::build(streets, Profile::PLANNER)));
    drop(city);
    let network = network.ok_or("nothing built")??;
    let kinds = sites.chunks(sites.len().div_ceil(5));
    let snaps = |places: &[Position]| places.iter().filter_map(|place| network.snap(*place, 1_125.0)).collect();
    let facilities = Facilities { kinds: kinds.map(|kind| Kind { snaps: snaps(kind), ..Kind::default() }).collect() };
    let (all, answer) =
        timed(1, || Nearest::new(&network, &facilities, 1_125.0).map(|nearest| nearest.costs(&points).1));
    let counts = answer.ok_or("nothing found")??;
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    println!(
        "{} points, {} nodes, {} facilities: made {making:.1} s, built {build:.2} s, snap + search + look-up {all:.2} s \
         ({:.0} ns a point), counted {}, {peak}",
        points.len(),
        network.streets().node_count(),
        sites.len(),
        all / points.len() as f64 * 1e9,
        counts.counted
    );
    Ok(())
}

/// What peers that know nodes only can work with: the graph, everything at the nearer end of its edge, and our distances
/// of all nodes from facilities that stand there.
fn for_peers(
    network: &Network,
    points: &[Position],
    sites: &[(usize, Position)],
    folder: &Path,
) -> Result<(), Failure> {
    let end = |snap: Snap| {
        let edge = network.edges()[snap.edge as usize];
        if snap.along * 2 <= edge.cost { (edge.from, 0) } else { (edge.to, edge.cost) }
    };
    let mut at = vec![0; points.len()];
    network.snap_all(points, 1_125.0, |point, snap| at[point] = snap.map_or(0, |snap| end(snap).0));
    fs::write(folder.join("point_nodes.u32"), bytes(at.iter().map(|node| node.to_le_bytes())))?;
    let places = (0..network.node_count() as u32).map(|node| network.place(node));
    let places = places.flat_map(|place| [place.lon.to_le_bytes(), place.lat.to_le_bytes()]);
    fs::write(folder.join("nodes.f64"), bytes(places))?;
    let edges = network.edges().iter().flat_map(|edge| [edge.from, edge.to, edge.cost].map(u32::to_le_bytes));
    fs::write(folder.join("edges.u32"), bytes(edges))?;
    let (mut nodes, mut distances, mut queue) = (Vec::new(), Vec::new(), Queue::default());
    for kind in sites.chunk_by(|a, b| a.0 == b.0) {
        let snaps: Vec<Snap> = kind.iter().filter_map(|(_, place)| network.snap(*place, 1_125.0)).collect();
        nodes.extend(snaps.iter().map(|snap| end(*snap).0.to_le_bytes()));
        let on_nodes: Vec<Snap> = snaps.iter().map(|snap| Snap { along: end(*snap).1, leg: 0, ..*snap }).collect();
        let field = Field::search(network, &on_nodes, units(1_125.0), &mut queue);
        distances.extend((0..network.node_count() as u32).map(|node| match field.label(node).cost {
            UNREACHED => f32::NAN.to_le_bytes(),
            cost => (metres(cost) as f32).to_le_bytes(),
        }));
    }
    fs::write(folder.join("facility_nodes.u32"), bytes(nodes))?;
    Ok(fs::write(folder.join("node_distances.f32"), bytes(distances))?)
}

fn bytes<const N: usize>(values: impl IntoIterator<Item = [u8; N]>) -> Vec<u8> {
    values.into_iter().flatten().collect()
}

/// Opens, moves and closes a facility at a hundred places.
fn edits(
    network: &Arc<Network>,
    points: &[Position],
    sites: &[(usize, Position)],
    report: &mut Report,
) -> Result<(), Failure> {
    let people: Vec<Person> =
        points.iter().zip(0..).map(|(home, at)| Person { home: *home, place: at % 3_000, weight: 1 }).collect();
    let mut plan = Plan::new(network, &people, 5, 1_125.0)?;
    for (kind, place) in sites {
        plan.open(kind - 1, *place)?;
    }
    let mut took = Vec::new();
    for pair in points.chunks(2).step_by(3_001) {
        let [a, b] = *pair else { continue };
        let start = cpu();
        let (id, _) = plan.open(0, a)?;
        let opened = cpu();
        let (id, _) = plan.relocate(id, b)?;
        let moved = cpu();
        plan.close(id);
        took.extend([opened - start, moved - opened, cpu() - moved]);
    }
    let worst = took.iter().copied().fold(0.0, f64::max);
    report.push(("edit_ms", format!("{:.3}", took.iter().sum::<f64>() / took.len() as f64 * 1e3)));
    report.push(("edit_worst_ms", format!("{:.3}", worst * 1e3)));
    Ok(())
}

/// Chooses 60 of 4,000 candidates.
fn siting(
    network: &Network,
    points: &[Position],
    rng: &mut ChaCha8Rng,
    (folder, report): (&Path, &mut Report),
) -> Result<(), Failure> {
    let mut snaps = vec![None; points.len()];
    network.snap_all(points, 1_125.0, |point, snap| snaps[point] = snap);
    let candidates: Vec<Snap> = (0..4_000).filter_map(|_| network.snap(home(network, rng), 1_125.0)).collect();
    let weights = vec![1; points.len()];
    let (sets, cover) = timed(1, || Cover::of_points(network, &candidates, (&snaps, &weights), 1_125.0, &mut |_| {}));
    let cover = cover.ok_or("no cover")?;
    let (time, answer) = timed(3, || choose(&cover, &Terms::count(60)));
    let answer = answer.ok_or("no answer")?;
    let (long, proof) = timed(1, || choose(&cover, &Terms::count(60).with_steps(600)));
    let proof = proof.ok_or("no answer")?;
    report.push(("siting_long", format!("{long:.3}")));
    report.push(("siting_long_covered", proof.covered.to_string()));
    report.push(("siting_long_bound", proof.bound.to_string()));
    let pairs = (0..cover.candidate_count())
        .flat_map(|candidate| cover.classes(candidate).iter().flat_map(move |class| [candidate as u32, *class]));
    fs::write(folder.join("class_pairs.u32"), bytes(pairs.map(u32::to_le_bytes)))?;
    fs::write(folder.join("class_weights.u64"), bytes(cover.weights().iter().map(|weight| weight.to_le_bytes())))?;
    report.push(("siting", format!("{time:.4}")));
    report.push(("siting_sets", format!("{sets:.3}")));
    report.push(("siting_candidates", cover.candidate_count().to_string()));
    report.push(("siting_count", "60".to_owned()));
    report.push(("siting_classes", cover.class_count().to_string()));
    report.push(("siting_pairs", cover.pair_count().to_string()));
    report.push(("siting_covered", answer.covered.to_string()));
    report.push(("siting_bound", answer.bound.to_string()));
    Ok(())
}

fn write_facilities(path: &Path, sites: &[(usize, Position)]) -> Result<(), Failure> {
    let mut sheet = fs::File::create(path)?;
    writeln!(sheet, "id,kind,lon,lat")?;
    for (number, (kind, place)) in sites.iter().enumerate() {
        writeln!(sheet, "f{number},kind{kind},{:.7},{:.7}", place.lon, place.lat)?;
    }
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
