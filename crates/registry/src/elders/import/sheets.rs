//! Sheets that were uploaded on a page: a staged file, a trial that writes nothing, then the import; each run is a job.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use kernel::{Common, Refused, Region, Result, Text};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use serde::{Deserialize, Serialize};
use store::{
    Tx, guarded,
    jobs::{self, Job},
    keys::Keys,
    sea_orm,
};
use uuid::Uuid;
use web::i18n::{Locale, Translate};

use crate::elders::{Refusal, sheet::Program};

/// The kind of the jobs.
pub const KIND: &str = "registry.import";

const COLUMNS: [&str; 12] = [
    "id",
    "account",
    "grant_id",
    "file_name",
    "bytes",
    "language",
    "trial",
    "job",
    "refusal",
    "made_at",
    "place",
    "headings",
];

/// Where sheets are staged and how they are read; hung into the state by the assembly, and given to the
/// [`super::ImportWorker`].
#[derive(Clone, Debug)]
pub struct Staging {
    /// The key store.
    pub keys: Keys,
    /// The folder of staged sheets and of lists of bad rows. Sheets lie there in clear, until they are imported or a
    /// day old.
    pub folder: PathBuf,
    /// Reads workbooks in a child process.
    pub program: Program,
}

impl Staging {
    /// The staged file of a sheet.
    #[must_use]
    pub fn sheet(&self, id: Uuid) -> PathBuf {
        self.folder.join(format!("{id}.sheet"))
    }

    /// The sheet of bad rows that a job wrote.
    #[must_use]
    pub fn faults(&self, job: Uuid) -> PathBuf {
        self.folder.join(format!("{job}.xlsx"))
    }

    /// The first bad rows of a job, for its page.
    #[must_use]
    pub fn sample(&self, job: Uuid) -> PathBuf {
        self.folder.join(format!("{job}.json"))
    }
}

/// An uploaded sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uploaded {
    /// Its id.
    pub id: Uuid,
    /// Whose.
    pub account: Uuid,
    /// The grant under which it was uploaded; the import runs under it.
    pub grant: Uuid,
    /// Its name.
    pub file_name: String,
    /// Its length.
    pub bytes: i64,
    /// The language of its list of bad rows.
    pub locale: Locale,
    /// The job of the trial.
    pub trial: Uuid,
    /// The job of the import, once it was started.
    pub job: Option<Uuid>,
    /// Why the sheet as a whole was refused.
    pub refusal: Option<Said>,
    /// When it was uploaded.
    pub made_at: DateTime<Utc>,
    /// Where everybody lives whose row does not say it.
    pub place: Option<Region>,
    /// The headings of a sheet that was refused for want of columns.
    pub headings: Vec<String>,
}

/// A sentence that was stored: its Chinese source and its gaps, told in any language later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    zh: String,
    args: Vec<(String, String)>,
}

impl From<&Text> for Said {
    fn from(text: &Text) -> Self {
        let args = text.args.iter().map(|(name, value)| ((*name).to_owned(), value.zh().to_owned()));
        Self { zh: text.zh.to_owned(), args: args.collect() }
    }
}

impl Translate for Said {
    fn in_locale(&self, locale: Locale) -> String {
        let pattern = self.zh.in_locale(locale);
        // The isolates say that what fills a gap is a name or word out of the data.
        let filled = |value: &str| match locale {
            Locale::En => format!("\u{2068}{value}\u{2069}"),
            Locale::Zh => value.to_owned(),
        };
        self.args.iter().fold(pattern, |text, (name, value)| text.replace(&format!("{{{name}}}"), &filled(value)))
    }
}

/// What a job of a sheet is asked to do.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) sheet: Uuid,
    pub(super) dry_run: bool,
}

/// What is known of a sheet when it was staged.
#[derive(Clone, Debug)]
pub struct New {
    /// Its id, the name of its staged file.
    pub id: Uuid,
    /// Whose.
    pub account: Uuid,
    /// Under which grant.
    pub grant: Uuid,
    /// Its name.
    pub file_name: String,
    /// Its length.
    pub bytes: i64,
    /// The language of the uploader.
    pub locale: Locale,
    /// Where everybody lives whose row does not say it.
    pub place: Option<Region>,
}

/// Enters a staged sheet and asks for its trial.
///
/// # Errors
/// Internal failures only.
pub async fn enter(tx: &Tx, new: New) -> Result<()> {
    let asked = Asked { sheet: new.id, dry_run: true };
    let trial = jobs::ask(tx, KIND, &serde_json::to_value(asked)?).await?;
    let insert = Query::insert()
        .into_table("import_sheets")
        .columns(["id", "account", "grant_id", "file_name", "bytes", "language", "trial", "made_at", "place"])
        .values([
            new.id.into(),
            new.account.into(),
            new.grant.into(),
            new.file_name.into(),
            new.bytes.into(),
            new.locale.tag().into(),
            trial.into(),
            tx.now().into(),
            new.place.map(Region::code).into(),
        ])?
        .to_owned();
    tx.execute(&insert).await?;
    Ok(())
}

/// Asks for another trial of a sheet that is not imported yet, such as after somebody said what its headings mean.
///
/// # Errors
/// [`Refusal::NotReady`] while the trial runs, or when the import was asked for already.
pub async fn try_again(tx: &Tx, sheet: &Uploaded) -> Result<()> {
    if sheet.job.is_some() || !matches!(jobs::get(tx, sheet.trial).await?.state.as_str(), "done" | "failed") {
        return Err(Refusal::NotReady.into());
    }
    let asked = Asked { sheet: sheet.id, dry_run: true };
    let trial = jobs::ask(tx, KIND, &serde_json::to_value(asked)?).await?;
    let update = Query::update()
        .table("import_sheets")
        .value("trial", trial)
        .value("refusal", None::<String>)
        .value("headings", None::<String>)
        .and_where(Expr::col("id").eq(sheet.id))
        .and_where(Expr::col("trial").eq(sheet.trial))
        .and_where(Expr::col("job").is_null())
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected()).map_err(|_| Refusal::NotReady.into())
}

/// Asks for the import of a sheet whose trial is over.
///
/// # Errors
/// [`Refusal::NotReady`] when it is not, or when the import was asked for already.
pub async fn start(tx: &Tx, sheet: &Uploaded) -> Result<()> {
    if sheet.job.is_some() || jobs::get(tx, sheet.trial).await?.state != "done" {
        return Err(Refusal::NotReady.into());
    }
    let asked = Asked { sheet: sheet.id, dry_run: false };
    let job = jobs::ask(tx, KIND, &serde_json::to_value(asked)?).await?;
    let update = Query::update()
        .table("import_sheets")
        .value("job", job)
        .and_where(Expr::col("id").eq(sheet.id))
        .and_where(Expr::col("job").is_null())
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected()).map_err(|_| Refusal::NotReady.into())
}

/// Keeps why a sheet as a whole was refused.
pub(super) async fn refuse(tx: &Tx, id: Uuid, refused: &Refused, headings: &[String]) -> Result<()> {
    let update = Query::update()
        .table("import_sheets")
        .value("refusal", serde_json::to_string(&Said::from(&refused.text))?)
        .value("headings", serde_json::to_string(headings)?)
        .and_where(Expr::col("id").eq(id))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// A sheet by id.
///
/// # Errors
/// [`Common::NotFound`], or internal failures.
pub async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Uploaded> {
    let select = Query::select().columns(COLUMNS).from("import_sheets").and_where(Expr::col("id").eq(id)).to_owned();
    uploaded(&db.query_one(&select).await?.ok_or(Common::NotFound)?)
}

/// A sheet of an account.
///
/// # Errors
/// [`Common::NotFound`] when it is not there or somebody else's.
pub async fn of_account(db: &impl ConnectionTrait, account: Uuid, id: Uuid) -> Result<Uploaded> {
    let sheet = get(db, id).await?;
    if sheet.account == account { Ok(sheet) } else { Err(Common::NotFound.into()) }
}

/// The latest sheets of an account with the job that ran last, newest first.
///
/// # Errors
/// Internal failures only.
pub async fn recent(db: &impl ConnectionTrait, account: Uuid, limit: u64) -> Result<Vec<(Uploaded, Job)>> {
    let select = Query::select()
        .columns(COLUMNS)
        .from("import_sheets")
        .and_where(Expr::col("account").eq(account))
        .order_by("made_at", Order::Desc)
        .limit(limit)
        .to_owned();
    let mut found = Vec::new();
    for row in db.query_all(&select).await? {
        let sheet = uploaded(&row)?;
        let job = jobs::get(db, sheet.job.unwrap_or(sheet.trial)).await?;
        found.push((sheet, job));
    }
    Ok(found)
}

fn uploaded(row: &QueryResult) -> Result<Uploaded> {
    let refusal: Option<String> = row.try_get("", "refusal")?;
    let language: String = row.try_get("", "language")?;
    let (place, headings): (Option<i64>, Option<String>) = (row.try_get("", "place")?, row.try_get("", "headings")?);
    Ok(Uploaded {
        id: row.try_get("", "id")?,
        account: row.try_get("", "account")?,
        grant: row.try_get("", "grant_id")?,
        file_name: row.try_get("", "file_name")?,
        bytes: row.try_get("", "bytes")?,
        locale: Locale::of(&language).unwrap_or_default(),
        trial: row.try_get("", "trial")?,
        job: row.try_get("", "job")?,
        refusal: refusal.map(|json| serde_json::from_str(&json)).transpose()?,
        made_at: row.try_get("", "made_at")?,
        place: place.map(Region::new).transpose()?,
        headings: headings.map(|json| serde_json::from_str(&json)).transpose()?.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use kernel::text;

    use super::*;

    #[test]
    fn a_stored_sentence_is_told_in_both_languages() {
        let said = Said::from(&text!("不在您的数据范围内"));
        let back: Said = serde_json::from_str(&serde_json::to_string(&said).unwrap()).unwrap();
        assert_eq!(back.in_locale(Locale::Zh), "不在您的数据范围内");
        assert_eq!(back.in_locale(Locale::En), "Outside your data scope");
        let county = Said::from(&text!("这位老人已在{county}建档", county = "魏都区"));
        assert_eq!(county.in_locale(Locale::Zh), "这位老人已在魏都区建档");
    }
}
