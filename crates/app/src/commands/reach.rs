//! `sangyu reach nearest | site | city | pack`: the engine of walking distances on files, without a database; and
//! `sangyu reach streets`, which puts a city's streets where `serve` finds them.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
    thread::available_parallelism,
};

use ::reach::{
    Datum, Fault, Network, Position, Profile, Reading, Result, Streets,
    city::{CitySpec, city},
    nearest::{Counts, Facilities, Nearest, limit, share},
    site::{Siting, Terms, choose},
};
use clap::{Args, Subcommand, ValueEnum};
use kernel::Region;
use registry::streets;

#[derive(Debug, Args)]
pub(crate) struct Reach {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// For each point the walking distance in metres to the nearest facility of each kind.
    Nearest {
        #[command(flatten)]
        ground: Ground,
        /// Points: CSV with the columns id, lon, lat.
        #[arg(long, value_name = "FILE")]
        points: PathBuf,
        /// Facilities: CSV with the columns id, kind, lon, lat.
        #[arg(long, value_name = "FILE")]
        facilities: PathBuf,
        /// Where to write id and metres per kind (empty when none is near enough); standard output when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Which candidates bring the most people within the distance, and how much better any choice could be.
    Site {
        #[command(flatten)]
        ground: Ground,
        /// Points: CSV with the columns id, lon, lat.
        #[arg(long, value_name = "FILE")]
        points: PathBuf,
        /// Candidates: CSV with the columns id, lon, lat.
        #[arg(long, value_name = "FILE")]
        candidates: PathBuf,
        /// How many to choose; with --cost, what they may cost together.
        #[arg(short = 'p', long = "count", value_name = "COUNT")]
        count: u64,
        /// Column of the candidates that says what each costs, a whole number.
        #[arg(long, value_name = "COLUMN")]
        cost: Option<String>,
        /// Column of the candidates that says how many people each can serve.
        #[arg(long, value_name = "COLUMN")]
        capacity: Option<String>,
        /// Column of the points that says how many people each stands for; one each when left out.
        #[arg(long, value_name = "COLUMN")]
        weight: Option<String>,
        /// Facilities that stand already (CSV with id, kind, lon, lat): whom they reach needs no new one.
        #[arg(long, value_name = "FILE")]
        facilities: Option<PathBuf>,
        /// Where to write rank, id and gained people of the chosen; standard output when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Make the streets of an invented city with superblocks, gated compounds, a river and bridges.
    City {
        /// What everything random follows from.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Superblocks of half a kilometre along each side, 1 to 400.
        #[arg(long, default_value_t = 20)]
        blocks: u32,
        /// Longitude of its middle.
        #[arg(long, default_value_t = 113.82, allow_negative_numbers = true)]
        lon: f64,
        /// Latitude of its middle.
        #[arg(long, default_value_t = 34.03, allow_negative_numbers = true)]
        lat: f64,
        /// Where to write the streets, as a packed file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Where to write homes as CSV with id, lon, lat.
        #[arg(long, value_name = "FILE", requires = "count")]
        homes: Option<PathBuf>,
        /// How many homes.
        #[arg(long, requires = "homes")]
        count: Option<usize>,
    },
    /// Put the streets of a city into the data folder, where the map of the fifteen-minute circle finds them. `serve`
    /// counts anew within a minute or at the press of a button; it need not be stopped.
    Streets {
        #[command(flatten)]
        streets: Source,
        #[command(flatten)]
        place: super::Place,
        /// Code of the city, four or six digits.
        #[arg(long, value_name = "CODE")]
        city: String,
    },
    /// Turn streets into a compact file that loads fast.
    Pack {
        #[command(flatten)]
        streets: Source,
        /// Where to write it.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

/// Where the streets come from.
#[derive(Debug, Args)]
struct Source {
    /// Streets: OSM PBF, GeoJSON lines, or a packed file.
    #[arg(long, value_name = "FILE")]
    streets: PathBuf,
    /// The datum of GeoJSON streets: wgs84 (or cgcs2000), gcj02, bd09.
    #[arg(long, default_value = "wgs84", value_name = "DATUM")]
    streets_datum: Datum,
    /// Threads to use; all cores when left out.
    #[arg(long)]
    threads: Option<usize>,
}

/// Streets, and who walks them how far.
#[derive(Debug, Args)]
struct Ground {
    #[command(flatten)]
    source: Source,
    /// How far to walk at most, in metres.
    #[arg(long, default_value_t = 1_125.0, value_name = "METRES")]
    within: f64,
    /// Who walks: for elders a metre of stairs counts for three, wheelchairs use none.
    #[arg(long, value_enum, default_value_t = Who::Planner)]
    profile: Who,
    /// Also walk private ways and through private gates.
    #[arg(long)]
    private: bool,
    /// The datum of all tables: wgs84 (or cgcs2000), gcj02, bd09. Stating it also stops the check whether another fits.
    #[arg(long, value_name = "DATUM")]
    datum: Option<Datum>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Who {
    Planner,
    Elder,
    Wheelchair,
}

impl Reach {
    pub(crate) fn run(self) -> kernel::Result<ExitCode> {
        let done = match self.what {
            What::Streets { streets, place, city } => return keep(&streets, &place.data, &city),
            What::Nearest { ground, points, facilities, out } => nearest(&ground, &points, &facilities, out.as_deref()),
            What::Site { ground, points, candidates, count, cost, capacity, weight, facilities, out } => {
                let files = Files { points: &points, candidates: &candidates, facilities: facilities.as_deref() };
                let columns = Columns { weight, cost, capacity };
                site(&ground, &files, &columns, count, out.as_deref())
            }
            What::City { seed, blocks, lon, lat, out, homes, count } => {
                let spec = CitySpec { seed, blocks, centre: Position::new(lon, lat) };
                invent(spec, &out, homes.as_deref().zip(count))
            }
            What::Pack { streets, out } => pack(&streets, &out),
        };
        Ok(done.map_or_else(|fault| refuse(&fault), |()| ExitCode::SUCCESS))
    }
}

fn refuse(fault: &Fault) -> ExitCode {
    eprintln!("sangyu: {}\n  {fault}", fault.chinese());
    ExitCode::FAILURE
}

impl Source {
    fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| available_parallelism().map_or(1, usize::from)).max(1)
    }

    fn read(&self) -> Result<Streets> {
        ::reach::read_file(&self.streets, Reading { datum: self.streets_datum, threads: self.threads() })
    }
}

impl Ground {
    fn network(&self) -> Result<Network> {
        limit(self.within)?;
        let profile = match self.profile {
            Who::Planner => Profile::PLANNER,
            Who::Elder => Profile::ELDER,
            Who::Wheelchair => Profile::WHEELCHAIR,
        };
        Network::build(self.source.read()?, if self.private { profile.with_private() } else { profile })
    }
}

fn nearest(ground: &Ground, points: &Path, facilities: &Path, out: Option<&Path>) -> Result<()> {
    let network = ground.network()?;
    let facilities = Facilities::read(&network, &read(facilities)?, ground.datum, ground.within)?;
    let nearest = Nearest::new(&network, &facilities, ground.within)?;
    let (table, counts) = nearest.table(&read(points)?, ground.datum, ground.source.threads())?;
    write(out, &table)?;
    tell(&counts, &facilities);
    credit(&network);
    Ok(())
}

fn tell(counts: &Counts, facilities: &Facilities) {
    eprintln!(
        "{} 个点：计入 {}，与设施不连通 {}，离路太远 {}",
        counts.all(),
        counts.counted,
        counts.unconnected,
        counts.far
    );
    for (kind, within) in facilities.kinds.iter().zip(&counts.within) {
        let name = String::from_utf8_lossy(&kind.cell);
        eprintln!("  {name}：{} 处，走得到的点 {within}", kind.snaps.len());
    }
}

/// The tables of a siting.
struct Files<'a> {
    points: &'a Path,
    candidates: &'a Path,
    facilities: Option<&'a Path>,
}

/// The columns that a siting takes into account, if any.
struct Columns {
    weight: Option<String>,
    cost: Option<String>,
    capacity: Option<String>,
}

fn site(ground: &Ground, files: &Files<'_>, columns: &Columns, count: u64, out: Option<&Path>) -> Result<()> {
    let network = ground.network()?;
    let standing = match files.facilities {
        Some(file) => Facilities::read(&network, &read(file)?, ground.datum, ground.within)?,
        None => Facilities::default(),
    };
    let (points, candidates) = (read(files.points)?, read(files.candidates)?);
    let weight = columns.weight.as_deref();
    let siting = Siting::read(&network, (&points, weight), &candidates, (ground.datum, ground.within))?;
    let column = |name: &Option<String>| name.as_deref().map(|name| Siting::column(&candidates, name)).transpose();
    let (costs, capacities) = (column(&columns.cost)?, column(&columns.capacity)?);
    let siting = siting.beyond(&network, &standing);
    let terms = Terms { costs, capacities, ..Terms::count(count).with_steps(400) };
    let answer = choose(&siting.cover(&network), &terms);
    let mut table = b"rank,id,gained\n".to_vec();
    for (rank, pick) in (1..).zip(&answer.chosen) {
        table.extend_from_slice(format!("{rank},").as_bytes());
        table.extend_from_slice(siting.id(pick.candidate));
        table.extend_from_slice(format!(",{}\n", pick.gained).as_bytes());
    }
    write(out, &table)?;
    let (before, all) = (siting.covered_before(), siting.all());
    let percent = |people: u64| 100.0 * share(people, all);
    eprintln!("{all} 人：现在走得到 {before}（{:.2}%）", percent(before));
    let covered = before + answer.covered;
    eprintln!("选 {} 处后走得到 {covered}（{:.2}%）", answer.chosen.len(), percent(covered));
    eprintln!(
        "同样条件下任何选法不超过 {} 人，最多再好 {:.2}% (upper bound {}; at most {:.2} % better is possible)",
        before + answer.bound,
        100.0 * share(answer.bound - answer.covered, covered),
        before + answer.bound,
        100.0 * share(answer.bound - answer.covered, covered),
    );
    eprintln!("离路太远 {} 人，与候选点不连通 {} 人", siting.far(), siting.unconnected());
    credit(&network);
    Ok(())
}

fn pack(source: &Source, out: &Path) -> Result<()> {
    let streets = source.read()?;
    let bytes = ::reach::pack(&streets);
    write(Some(out), &bytes)?;
    let (nodes, junctions, chains) = (streets.node_count(), streets.junction_count(), streets.chain_count());
    eprintln!("{nodes} 个节点，收为 {junctions} 个路口、{chains} 条路段，{} 字节", bytes.len());
    Ok(())
}

fn keep(source: &Source, data: &Path, city: &str) -> kernel::Result<ExitCode> {
    let no_city = || streets::Refusal::NoCity { code: city.to_owned() };
    let city: Region = city.parse().map_err(|_| no_city())?;
    let read = match source.read() {
        Ok(read) => read,
        Err(fault) => return Ok(refuse(&fault)),
    };
    streets::keep(data, city, &read)?;
    let (file, nodes) = (streets::file(data, city), read.node_count());
    println!("{nodes} 个节点，存为 {}", file.display());
    match read.attribution() {
        "" => println!("路网没有写明来源，地图上会写“来源未注明”"),
        attribution => println!("来源：{attribution}"),
    }
    Ok(ExitCode::SUCCESS)
}

fn invent(spec: CitySpec, out: &Path, homes: Option<(&Path, usize)>) -> Result<()> {
    let city = city(spec)?;
    let streets = Streets::of_draft(&city.draft)?;
    write(Some(out), &::reach::pack(&streets))?;
    if let Some((file, count)) = homes {
        let mut text = String::from("id,lon,lat\n");
        for (number, home) in city.homes(spec.seed, count).into_iter().enumerate() {
            text.push_str(&format!("{number},{:.7},{:.7}\n", home.lon, home.lat));
        }
        write(Some(file), text.as_bytes())?;
    }
    eprintln!("{} 个节点、{} 个路口（虚构）", streets.node_count(), streets.junction_count());
    Ok(())
}

/// Whose data the streets are stands wherever their results do.
fn credit(network: &Network) {
    let attribution = network.streets().attribution();
    if !attribution.is_empty() {
        eprintln!("路网：{attribution}");
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| failed(path, &error))
}

/// Writes beside the place and moves there when complete, so that nothing half-written ever stands.
fn write(path: Option<&Path>, bytes: &[u8]) -> Result<()> {
    let Some(path) = path else {
        return std::io::stdout().write_all(bytes).map_err(|error| failed(Path::new("-"), &error));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::Builder::new().permissions(readable()).tempfile_in(folder).and_then(|mut file| {
        file.write_all(bytes)?;
        file.persist(path).map_err(|error| error.error)
    });
    written.map(drop).map_err(|error| failed(path, &error))
}

/// A result is no secret: as readable as any file of its maker.
fn readable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

fn failed(path: &Path, error: &std::io::Error) -> Fault {
    Fault::File { file: path.display().to_string(), cause: error.to_string() }
}
