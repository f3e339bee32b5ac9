//! What lies in a data folder is for the platform's own user alone: names and birth dates stand in clear in the database.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use kernel::{Result, refusals};
use rustix::{fs::Mode, process::umask};
use store::dialect;

use crate::{config::Config, platform};

/// What stands beside a database of SQLite.
const BESIDE: [&str; 4] = ["", "-wal", "-shm", "-journal"];
/// A folder in which everybody may write, such as the one of temporary files.
const STICKY: u32 = 0o1000;

refusals! {
    /// How a data folder says no.
    pub(crate) enum Refusal {
        /// Others may read it, and it cannot be closed to them.
        Open { path: String } => (Forbidden, "platform.open_to_others", "“{path}”别的用户也能读，又改不了它的权限：请由它的主人运行，或者换一个文件夹"),
    }
}

/// From now on whatever this process and its children make is for its user alone.
pub(crate) fn begin() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Closes a data folder and what lies in it to others.
pub(crate) fn close(config: &Config) -> Result<()> {
    let data = config.data();
    let mut places = vec![data.to_owned(), platform::files_of(config), platform::imports_of(config)];
    for url in ["database_url", "keys_url"] {
        let Some(file) = dialect::file_of(config.text(url)) else { continue };
        places.extend(BESIDE.map(|end| PathBuf::from(format!("{}{end}", file.display()))));
    }
    if let Ok(sheets) = fs::read_dir(platform::imports_of(config)) {
        places.extend(sheets.flatten().map(|sheet| sheet.path()));
    }
    places.iter().try_for_each(|place| narrow(place))
}

fn narrow(path: &Path) -> Result<()> {
    let mode = match fs::metadata(path) {
        Ok(found) => found.permissions().mode(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let own = fs::Permissions::from_mode(mode & 0o700);
    if mode & STICKY != 0 || fs::set_permissions(path, own).is_err() {
        return Err(Refusal::Open { path: path.display().to_string() }.into());
    }
    tracing::warn!(path = %path.display(), "others could read this; it is closed to them now");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_others_could_read_is_closed_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        fs::create_dir_all(data.join("imports")).unwrap();
        let files =
            ["sangyu.db", "sangyu.db-wal", "keys.db", "keys.db-shm", "imports/1.csv"].map(|name| data.join(name));
        for file in &files {
            fs::write(file, "x").unwrap();
            fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
        }
        for folder in [&data, &data.join("imports")] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        close(&Config::read(&data, &[]).unwrap()).unwrap();
        assert_eq!([mode(&data), mode(&data.join("imports"))], [0o700; 2]);
        assert_eq!(files.map(|file| mode(&file)), [0o600; 5]);
    }

    #[test]
    fn a_folder_that_everybody_shares_is_no_data_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
        let refused = close(&Config::read(folder.path(), &[]).unwrap()).unwrap_err();
        assert_eq!(refused.code(), Some("platform.open_to_others"));
        assert_eq!(mode(folder.path()), 0o777, "it stays as it was");
    }
}
