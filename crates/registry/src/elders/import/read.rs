//! The reading side of an import: rows are checked on a thread of their own and sieved of other places' rows and of
//! people who stand twice in the sheet, so that what comes out can be planned chunk after chunk without looking back.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{DefaultHasher, Hasher as _},
    io,
    path::PathBuf,
    sync::Arc,
};

use chrono::NaiveDate;
use kernel::{PlaceRange, Region, Result, text};
use sm3::{Digest, Sm3};
use store::blind::{BlindIndex, Blinder};
use tokio::sync::mpsc;

use super::{Importer, Request};
use crate::{
    elders::{
        file::File,
        sheet::{Checked, Column, Fault, Limits, Row, Rules, Sheet, check},
    },
    places,
};

/// One person's row.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) row: u32,
    pub(super) file: Arc<File>,
    /// The file as the journal's private part tells it.
    pub(super) told: Arc<[u8]>,
    pub(super) identity: BlindIndex,
}

/// Some rows of a sheet.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) people: Vec<Candidate>,
    pub(super) bad: Vec<(u32, Vec<Fault>)>,
    /// Rows that repeat an earlier one word for word.
    pub(super) same: i64,
    /// Rows read, good and bad.
    pub(super) read: i64,
    pub(super) progress: f64,
}

/// Lets each person pass once. Of a person who stands twice the first row decides; a later one with other contents is
/// refused, because nobody can know which is right. Keeps 28 bytes a row.
pub(super) struct Sieve {
    pub(super) blinder: Arc<Blinder>,
    pub(super) range: PlaceRange,
    /// Rows of a batch.
    pub(super) chunk: usize,
    pub(super) seen: HashMap<BlindIndex, (u32, u64)>,
}

impl Sieve {
    pub(super) fn take(&mut self, batch: &mut Batch, row: u32, file: File) {
        if !self.range.contains(file.place) {
            batch.bad.push((row, vec![outside(file.place)]));
            return;
        }
        let identity = file.identity(&self.blinder);
        // A file always serialises.
        let told = serde_json::to_vec(&file).unwrap_or_default();
        match self.seen.entry(identity) {
            Entry::Occupied(first) if first.get().1 == print(&told) => batch.same += 1,
            Entry::Occupied(first) => batch.bad.push((row, vec![twice(&file, first.get().0)])),
            Entry::Vacant(free) => {
                free.insert((row, print(&told)));
                batch.people.push(Candidate { row, file: Arc::new(file), told: told.into(), identity });
            }
        }
    }
}

/// A fingerprint by which two rows of one sheet are compared.
fn print(told: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(told);
    hasher.finish()
}

/// Opens the sheet and reads it on a thread of its own, a few batches ahead; its unknown columns and the batches.
pub(super) async fn begin(
    importer: &Importer,
    request: &Request,
    sieve: Sieve,
) -> Result<(Vec<String>, mpsc::Receiver<Result<Batch>>)> {
    let (path, program, today) = (request.path.clone(), importer.program.clone(), importer.db.clock().today());
    let sheet = tokio::task::spawn_blocking(move || Sheet::open(&path, &program, Limits::default())).await??;
    let unknown = sheet.header().unknown().to_vec();
    let (tell, batches) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || read_all(sheet, today, sieve, &tell));
    Ok((unknown, batches))
}

fn read_all(mut sheet: Sheet, today: NaiveDate, mut sieve: Sieve, tell: &mpsc::Sender<Result<Batch>>) {
    loop {
        let read = read_some(&mut sheet, today, &mut sieve);
        let over = read.as_ref().map_or(true, |(_, more)| !more);
        let batch = read.map(|(batch, _)| batch);
        let empty = batch.as_ref().is_ok_and(|batch| batch.read == 0);
        // The other side gone means that the import stopped.
        if (!empty && tell.blocking_send(batch).is_err()) || over {
            return;
        }
    }
}

/// The next rows, and whether there are more.
fn read_some(sheet: &mut Sheet, today: NaiveDate, sieve: &mut Sieve) -> Result<(Batch, bool)> {
    let header = sheet.header().clone();
    let exists = |place| places::exists(place);
    let rules = Rules { today, exists: &exists };
    let mut row = Row::default();
    let mut batch = Batch::default();
    while batch.people.len() < sieve.chunk && batch.bad.len() < sieve.chunk {
        if !sheet.read(&mut row)? {
            batch.progress = sheet.progress();
            return Ok((batch, false));
        }
        match check(&row, &header, &rules) {
            Checked::Elder(elder) => sieve.take(&mut batch, elder.number, File::from(&*elder)),
            Checked::Bad(faults) => batch.bad.push((row.number(), faults)),
            Checked::Example => continue,
        }
        batch.read += 1;
    }
    batch.progress = sheet.progress();
    Ok((batch, true))
}

/// The SM3 of the sheet, by which an interrupted import of the same file is recognised.
pub(super) async fn digest(path: PathBuf) -> Result<Vec<u8>> {
    let digest = tokio::task::spawn_blocking(move || -> io::Result<Vec<u8>> {
        let mut file = std::fs::File::open(path)?;
        let (mut hasher, mut buffer) = (Sm3::new(), vec![0; 1 << 16]);
        loop {
            let n = io::Read::read(&mut file, &mut buffer)?;
            if n == 0 {
                return Ok(hasher.finalize().to_vec());
            }
            hasher.update(&buffer[..n]);
        }
    });
    Ok(digest.await??)
}

fn outside(place: Region) -> Fault {
    Fault::new(
        Column::Place,
        &place.to_string(),
        text!("不在您的数据范围内"),
        text!("请由该地的经办人导入，或检查区划代码"),
    )
}

fn twice(file: &File, first: u32) -> Fault {
    Fault::new(
        Column::CertNumber,
        &file.cert_number,
        text!("与第 {row} 行是同一个人，内容却不同", row = first),
        text!("只保留正确的一行"),
    )
}
