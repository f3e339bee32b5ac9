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

use super::{Importer, Request, gazetteer::Gazetteer};
use crate::{
    elders::{
        file::File,
        sheet::{At, Checked, Column, Fault, Limits, NoRow, Part, Row, Rules, Sheet, Wanted, check},
    },
    normal,
};

/// One person's row.
#[derive(Clone)]
pub(super) struct Candidate {
    pub(super) at: At,
    pub(super) file: Arc<File>,
    /// The file as the journal's private part tells it.
    pub(super) told: Arc<[u8]>,
    pub(super) identity: BlindIndex,
    /// The row of this sheet that may be the same person, without a number to tell.
    pub(super) twin: Option<At>,
}

/// A worksheet that begins: its place among all, its name, its headings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its place among the worksheets, as rows name it.
    pub part: usize,
    /// Its name; none of a text.
    pub name: Option<String>,
    /// Its headings.
    pub headings: Vec<String>,
}

/// Some rows of a sheet.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) people: Vec<Candidate>,
    pub(super) bad: Vec<(At, Vec<Fault>)>,
    pub(super) notes: Vec<(At, Vec<Fault>)>,
    /// The rows as they stand in the sheet, for the list of bad ones.
    pub(super) lines: HashMap<At, Row>,
    /// Rows that repeat an earlier one word for word.
    pub(super) same: i64,
    /// Rows read, good and bad.
    pub(super) read: i64,
    pub(super) progress: f64,
    pub(super) begun: Vec<Begun>,
    pub(super) passed: Passed,
    /// All worksheets so far.
    pub(super) parts: Vec<Part>,
}

/// Rows that are no person's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Rows in which only columns hold anything that nobody reads, such as serial numbers.
    pub empty: i64,
    /// Sums, signatures, notes and headings between rows; the first of them with what they say.
    pub other: i64,
    /// The first of those.
    pub shown: Vec<(At, String)>,
}

impl Passed {
    /// Of these so many are shown.
    const SHOWN: usize = 20;

    pub(super) fn add(&mut self, more: &Self) {
        self.empty += more.empty;
        self.other += more.other;
        let room = Self::SHOWN.saturating_sub(self.shown.len());
        self.shown.extend(more.shown.iter().take(room).cloned());
    }

    fn take(&mut self, at: At, row: &Row, why: NoRow) {
        match why {
            NoRow::Example => {}
            NoRow::Empty => self.empty += 1,
            NoRow::Footer | NoRow::Header | NoRow::Heading => {
                self.other += 1;
                if self.shown.len() < Self::SHOWN {
                    let texts = (0..row.width()).map(|at| row.cell(at).text).filter(|text| !text.is_empty());
                    let said: String = texts.collect::<Vec<_>>().join(" ").chars().take(40).collect();
                    self.shown.push((at, said));
                }
            }
        }
    }
}

/// Lets each person pass once. Of a person who stands twice the first row decides; a later one with other contents is
/// refused, because nobody can know which is right, or asked about when no number tells the two apart. Keeps 32 bytes a row.
pub(super) struct Sieve {
    pub(super) blinder: Arc<Blinder>,
    pub(super) range: PlaceRange,
    /// Rows of a batch.
    pub(super) chunk: usize,
    pub(super) seen: HashMap<BlindIndex, (At, u64, u32)>,
    /// Rows that may be the person of an earlier one; they come when all others are in.
    pub(super) twins: Vec<Candidate>,
}

impl Sieve {
    pub(super) fn new(blinder: Arc<Blinder>, range: PlaceRange, chunk: usize) -> Self {
        Self { blinder, range, chunk, seen: HashMap::new(), twins: Vec::new() }
    }

    pub(super) fn take(&mut self, batch: &mut Batch, at: At, file: File) {
        if !self.range.contains(file.place) {
            batch.bad.push((at, vec![outside(file.place)]));
            return;
        }
        let identity = file.identity(&self.blinder);
        // A file always serialises.
        let told = serde_json::to_vec(&file).unwrap_or_default();
        let (whole, name) = (print(&told), print(normal::key(&file.name).as_bytes()) as u32);
        match self.seen.entry(identity) {
            Entry::Occupied(first) if first.get().1 == whole => batch.same += 1,
            Entry::Occupied(first) if file.cert_number.is_empty() => {
                let twin = Some(first.get().0);
                self.twins.push(Candidate { at, file: Arc::new(file), told: told.into(), identity, twin });
            }
            Entry::Occupied(first) => batch.bad.push((at, vec![twice(&file, first.get().0, first.get().2 == name)])),
            Entry::Vacant(free) => {
                free.insert((at, whole, name));
                batch.people.push(Candidate { at, file: Arc::new(file), told: told.into(), identity, twin: None });
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

/// Opens the sheet and reads it on a thread of its own, a few batches ahead.
pub(super) async fn begin(
    importer: &Importer,
    request: &Request,
    sieve: Sieve,
) -> Result<mpsc::Receiver<Result<Batch>>> {
    let (path, program, today) = (request.path.clone(), importer.program.clone(), importer.db.clock().today());
    let wanted = Wanted { mapping: request.mapping.clone(), has_place: request.place.is_some() };
    let sheet = tokio::task::spawn_blocking(move || Sheet::open(&path, &program, Limits::default(), wanted)).await??;
    let (tell, batches) = mpsc::channel(2);
    let reader = Reader { sheet, today, sieve, place: request.place, begun: None };
    tokio::task::spawn_blocking(move || reader.all(&tell));
    Ok(batches)
}

/// Reads a sheet batch by batch.
struct Reader {
    sheet: Sheet,
    today: NaiveDate,
    sieve: Sieve,
    place: Option<Region>,
    /// The worksheet that was told last.
    begun: Option<usize>,
}

impl Reader {
    fn all(mut self, tell: &mpsc::Sender<Result<Batch>>) {
        let gazetteer = Gazetteer::new(self.sieve.range, self.place);
        loop {
            let read = self.some(&gazetteer);
            let over = read.as_ref().map_or(true, |(_, more)| !more);
            let batch = read.map(|(batch, _)| batch);
            // The other side gone means that the import stopped.
            if tell.blocking_send(batch).is_err() || over {
                return;
            }
        }
    }

    /// The next rows, and whether there are more.
    fn some(&mut self, gazetteer: &Gazetteer) -> Result<(Batch, bool)> {
        let rules = Rules { today: self.today, places: gazetteer };
        let (mut row, mut batch) = (Row::default(), Batch::default());
        let mut more = true;
        while batch.people.len() < self.sieve.chunk && batch.bad.len() < self.sieve.chunk {
            if !self.sheet.read(&mut row)? {
                more = self.sieve.take_twins(&mut batch);
                break;
            }
            let at = self.sheet.position();
            self.tell_begin(at, &mut batch);
            match check(&row, self.sheet.header(), &rules) {
                Checked::Elder(elder) => {
                    if !elder.notes.is_empty() {
                        batch.notes.push((at, elder.notes.clone()));
                    }
                    self.sieve.take(&mut batch, at, File::from(&*elder));
                }
                Checked::Bad(faults) => batch.bad.push((at, faults)),
                Checked::None(why) => {
                    batch.passed.take(at, &row, why);
                    continue;
                }
            }
            batch.lines.insert(at, row.clone());
            batch.read += 1;
        }
        batch.progress = self.sheet.progress();
        batch.parts = self.sheet.parts().to_vec();
        Ok((batch, more))
    }

    fn tell_begin(&mut self, at: At, batch: &mut Batch) {
        if self.begun != Some(at.part()) {
            self.begun = Some(at.part());
            let (name, headings) = (self.sheet.name().map(str::to_owned), self.sheet.header().headings().to_vec());
            batch.begun.push(Begun { part: at.part(), name, headings });
        }
    }
}

impl Sieve {
    /// Puts twins into a batch of their own, behind all others; whether any are left.
    fn take_twins(&mut self, batch: &mut Batch) -> bool {
        if self.twins.is_empty() {
            return false;
        }
        if !batch.people.is_empty() {
            return true;
        }
        let some = self.chunk.min(self.twins.len());
        batch.people.extend(self.twins.drain(..some));
        !self.twins.is_empty()
    }
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

fn twice(file: &File, first: At, same_name: bool) -> Fault {
    let reason = if same_name {
        text!("与第 {row} 行是同一个人，内容却不同", row = label(first))
    } else {
        text!("证件号码与第 {row} 行相同，姓名却不同", row = label(first))
    };
    Fault::new(Column::CertNumber, &file.cert_number, reason, text!("只保留正确的一行"))
}

/// A row as a sentence names it; of a worksheet behind the first with that one's place.
#[must_use]
pub fn label(at: At) -> String {
    if at.part() == 0 { at.row().to_string() } else { format!("{}-{}", at.part() + 1, at.row()) }
}
