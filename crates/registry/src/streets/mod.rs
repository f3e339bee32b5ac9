//! Where the streets of a city are kept: one packed file in the data folder, `streets/4110.streets`, written whole or not
//! at all. `sangyu reach streets` and the demo put it there; the circle and the roster read it.

mod refusal;

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use kernel::{Failure, Level, Region, Result};
use reach::{Reading, Streets};

pub use refusal::Refusal;

const ENDING: &str = "streets";

/// The file of a city.
#[must_use]
pub fn file(data: &Path, city: Region) -> PathBuf {
    data.join("streets").join(city.short()).with_extension(ENDING)
}

/// Keeps the streets of a city.
///
/// # Errors
/// [`Refusal::NoCity`]; a full disk.
pub fn keep(data: &Path, city: Region, streets: &Streets) -> Result<()> {
    if city.level() != Level::City {
        return Err(Refusal::NoCity { code: city.short() }.into());
    }
    let path = file(data, city);
    let folder = path.parent().unwrap_or(data);
    std::fs::create_dir_all(folder)?;
    let new = path.with_extension("new");
    std::fs::write(&new, reach::pack(streets))?;
    std::fs::rename(&new, &path)?;
    Ok(())
}

/// The streets of a city; none when nobody has put any there.
///
/// # Errors
/// [`Refusal::Unreadable`] for a file that cannot be read.
pub fn load(data: &Path, city: Region) -> Result<Option<Streets>> {
    let path = file(data, city);
    if !path.exists() {
        return Ok(None);
    }
    let streets = reach::read_file(&path, Reading::default());
    streets.map(Some).map_err(|fault| {
        tracing::error!(%fault, path = %path.display(), "streets cannot be read");
        Failure::from(Refusal::Unreadable { why: fault.chinese() })
    })
}

/// When the streets of a city were put there; none without any.
#[must_use]
pub fn kept_at(data: &Path, city: Region) -> Option<SystemTime> {
    std::fs::metadata(file(data, city)).and_then(|about| about.modified()).ok()
}

/// The cities that have streets.
#[must_use]
pub fn cities(data: &Path) -> Vec<Region> {
    let Ok(folder) = std::fs::read_dir(data.join("streets")) else { return Vec::new() };
    let paths = folder.filter_map(|entry| Some(entry.ok()?.path()));
    let files = paths.filter(|path| path.extension().is_some_and(|ending| ending == ENDING));
    let codes = files.filter_map(|path| path.file_stem()?.to_str()?.parse().ok());
    let mut cities: Vec<Region> = codes.filter(|place: &Region| place.level() == Level::City).collect();
    cities.sort_unstable();
    cities
}
