//! Copying and summing files.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use kernel::Result;
use sm3::Digest;

use super::{
    Refusal, Step, Watch,
    manifest::{FILES, LIST, Part},
    sync_folder,
};
use crate::blobs::Sm3;

/// A sealed file, by its path below the folder of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sm3: Sm3,
}

/// Reads a file to its end; its length and sum.
pub(super) fn sum(file: &Path, read_so_far: &mut dyn FnMut(u64)) -> io::Result<(u64, Sm3)> {
    pass(File::open(file)?, io::sink(), read_so_far)
}

/// Copies a file to where none is, so that it survives a power cut; its length and sum.
pub(super) fn copy(from: &Path, to: &Path, read_so_far: &mut dyn FnMut(u64)) -> io::Result<(u64, Sm3)> {
    let from = File::open(from)?;
    let mut out = File::create_new(to)?;
    let passed = pass(from, &mut out, read_so_far)?;
    out.sync_all()?;
    Ok(passed)
}

fn pass(mut from: File, mut to: impl Write, read_so_far: &mut dyn FnMut(u64)) -> io::Result<(u64, Sm3)> {
    let (mut hasher, mut bytes, mut buffer) = (sm3::Sm3::new(), 0, vec![0; 1 << 20]);
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, Sm3(hasher.finalize().into())));
        }
        hasher.update(&buffer[..read]);
        to.write_all(&buffer[..read])?;
        bytes += read as u64;
        read_so_far(bytes);
    }
}

/// Copies the sealed files below `from` into the backup at `to`; what stands unchanged in the backup before is linked.
/// A sealed file never changes under its name, so one of the same length is the same.
pub(super) fn take_files(from: &Path, before: Option<&Path>, to: &Path, watch: &dyn Watch) -> Result<Vec<Sealed>> {
    let known: HashMap<String, Sealed> = match before {
        Some(before) => list(before)?.into_iter().map(|sealed| (sealed.path.clone(), sealed)).collect(),
        None => HashMap::new(),
    };
    let found = walk(from)?;
    let mut taken = Vec::with_capacity(found.len());
    for (n, path) in found.iter().enumerate() {
        watch.progress(Step::Files, n as u64, found.len() as u64);
        let (source, target) = (from.join(path), to.join(FILES).join(path));
        make_parent(&target)?;
        let unchanged = before.zip(known.get(path));
        if let Some((before, sealed)) = unchanged
            && fs::metadata(&source).is_ok_and(|there| there.len() == sealed.bytes)
            && fs::hard_link(before.join(FILES).join(path), &target).is_ok()
        {
            taken.push(sealed.clone());
            continue;
        }
        match copy(&source, &target, &mut |_| {}) {
            Ok((bytes, sm3)) => taken.push(Sealed { path: path.clone(), bytes, sm3 }),
            // Nobody referred to it, and it was swept a moment ago.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(taken)
}

/// Writes the list of sealed files.
pub(super) fn write_list(to: &Path, files: &[Sealed]) -> io::Result<()> {
    let mut out = io::BufWriter::new(File::create_new(to.join(LIST))?);
    for Sealed { path, bytes, sm3 } in files {
        writeln!(out, "{sm3} {bytes} {path}")?;
    }
    out.into_inner()?.sync_all()
}

/// Reads the list of sealed files of a backup.
pub(super) fn list(backup: &Path) -> Result<Vec<Sealed>> {
    let file = backup.join(LIST);
    let text = fs::read_to_string(&file).map_err(|error| gone(error, LIST))?;
    text.lines().map(|line| line_of(line).ok_or_else(|| Refusal::Damaged { file: LIST.to_owned() }.into())).collect()
}

fn line_of(line: &str) -> Option<Sealed> {
    let mut words = line.splitn(3, ' ');
    let (sm3, bytes, path) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?);
    let stays_inside = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    stays_inside.then(|| Sealed { path: path.to_owned(), bytes, sm3 })
}

/// Passes when a file of the backup is what the manifest says.
pub(super) fn check(backup: &Path, part: &Part, read_so_far: &mut dyn FnMut(u64)) -> Result<()> {
    let (bytes, sm3) = sum(&backup.join(&part.name), read_so_far).map_err(|error| gone(error, &part.name))?;
    if (bytes, sm3) == (part.bytes, part.sm3) {
        Ok(())
    } else {
        Err(Refusal::Damaged { file: part.name.clone() }.into())
    }
}

/// Copies the sealed files of a backup to where the platform will look for them.
pub(super) fn restore_files(backup: &Path, to: &Path, watch: &dyn Watch) -> Result<()> {
    let files = list(backup)?;
    for (n, sealed) in files.iter().enumerate() {
        watch.progress(Step::Files, n as u64, files.len() as u64);
        let target = to.join(&sealed.path);
        make_parent(&target)?;
        let copied = copy(&backup.join(FILES).join(&sealed.path), &target, &mut |_| {});
        if copied.map_err(|error| gone(error, &sealed.path))? != (sealed.bytes, sealed.sm3) {
            return Err(Refusal::Damaged { file: sealed.path.clone() }.into());
        }
    }
    Ok(())
}

/// A file that is not there is missing; anything else is a fault.
pub(super) fn gone(error: io::Error, file: &str) -> kernel::Failure {
    match error.kind() {
        ErrorKind::NotFound => Refusal::Missing { file: file.to_owned() }.into(),
        _ => error.into(),
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent),
        None => Ok(()),
    }
}

/// The files below a folder in order, without those that are just being written (`name#1`).
fn walk(folder: &Path) -> io::Result<Vec<String>> {
    fn into(folder: &Path, below: &Path, found: &mut Vec<String>) -> io::Result<()> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                into(&entry.path(), &path, found)?;
            } else if let Some(path) = path.to_str().filter(|path| !path.contains('#')) {
                found.push(path.to_owned());
            }
        }
        Ok(())
    }
    let mut found = Vec::new();
    into(folder, Path::new(""), &mut found)?;
    found.sort_unstable();
    Ok(found)
}

/// Runs work on files off the threads that serve.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}

/// Sums every file of a backup beside its manifest before anything is restored.
pub(super) fn check_all(backup: PathBuf, parts: Vec<Part>, watch: &Arc<dyn Watch>) -> Result<()> {
    let total: u64 = parts.iter().map(|part| part.bytes).sum();
    let mut before = 0;
    for part in &parts {
        check(&backup, part, &mut |read| watch.progress(Step::Sums, before + read, total))?;
        before += part.bytes;
    }
    for sealed in list(&backup)? {
        let part = Part { name: format!("{FILES}/{}", sealed.path), bytes: sealed.bytes, sm3: sealed.sm3 };
        check(&backup, &part, &mut |_| {})?;
    }
    Ok(())
}

/// Makes all folders below one survive a power cut.
pub(super) fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(folder)
}
