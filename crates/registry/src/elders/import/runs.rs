//! The rows of `import_runs`: how far each import has come.

use chrono::{DateTime, Utc};
use kernel::{Common, Result};
use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Expr, ExprTrait, Order, Query},
};
use store::{Tx, guarded, sea_orm};
use uuid::Uuid;

use super::Tally;
use crate::elders::refusal::Refusal;

/// The state of a run that is being taken back.
const UNDOING: &str = "undoing";
/// The state of a run that was taken back.
pub(super) const UNDONE: &str = "undone";

const COLUMNS: [&str; 14] = [
    "id",
    "holder",
    "sheet",
    "file_name",
    "state",
    "rows_done",
    "created",
    "changed",
    "same",
    "bad",
    "begun_at",
    "ended_at",
    "undo_trial",
    "undo_job",
];

/// An import, running or ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: Uuid,
    /// Which process holds it: the one that began or resumed it last.
    pub holder: Uuid,
    /// SM3 of the sheet.
    pub sheet: Vec<u8>,
    /// The sheet's name.
    pub file_name: String,
    /// `running`, `done`, `undoing` or `undone`.
    pub state: String,
    /// Rows read and written so far.
    pub rows_done: i64,
    /// New files.
    pub created: i64,
    /// Changed files.
    pub changed: i64,
    /// Rows that said nothing new.
    pub same: i64,
    /// Rows refused.
    pub bad: i64,
    /// When it began.
    pub begun_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// The job that tried what taking it back would do.
    pub undo_trial: Option<Uuid>,
    /// The job that takes it back.
    pub undo_job: Option<Uuid>,
}

/// The interrupted run of the same sheet by the same actor, or a new one.
pub(super) async fn begin(tx: &Tx, sheet: &[u8], file_name: &str) -> Result<Run> {
    let interrupted = Query::select()
        .columns(COLUMNS)
        .from("import_runs")
        .and_where(Expr::col("sheet").eq(sheet.to_vec()))
        .and_where(Expr::col("state").eq("running"))
        .and_where(Expr::col("actor").eq(tx.actor().journal_name()))
        .to_owned();
    if let Some(row) = tx.query_one(&interrupted).await? {
        return take_over(tx, run(&row)?).await;
    }
    let id = tx.uuid();
    let place = tx.actor().acting.place.map(kernel::Region::code);
    let mut insert = Query::insert();
    insert.into_table("import_runs").columns([
        "id",
        "sheet",
        "file_name",
        "place",
        "actor",
        "holder",
        "state",
        "rows_done",
        "rows_total",
        "created",
        "changed",
        "same",
        "bad",
        "begun_at",
    ]);
    insert.values([
        id.into(),
        sheet.to_vec().into(),
        file_name.into(),
        place.into(),
        tx.actor().journal_name().into(),
        tx.uuid().into(),
        "running".into(),
        0_i64.into(),
        0_i64.into(),
        0_i64.into(),
        0_i64.into(),
        0_i64.into(),
        0_i64.into(),
        tx.now().into(),
    ])?;
    tx.execute(&insert).await?;
    get(tx, id).await
}

/// Resumes a run; whoever else was at it stops at its next chunk.
async fn take_over(tx: &Tx, run: Run) -> Result<Run> {
    let holder = tx.uuid();
    let update = Query::update()
        .table("import_runs")
        .value("holder", holder)
        .and_where(Expr::col("id").eq(run.id))
        .and_where(Expr::col("holder").eq(run.holder))
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected())?;
    Ok(Run { holder, ..run })
}

/// Notes a written chunk.
///
/// # Errors
/// [`Refusal::TakenOver`] when another process resumed the run.
pub(super) async fn advance(tx: &Tx, run: &Run, tally: &Tally) -> Result<()> {
    let update = Query::update()
        .table("import_runs")
        .values([
            ("rows_done", tally.rows.into()),
            ("created", tally.created.into()),
            ("changed", tally.changed.into()),
            ("same", tally.same.into()),
            ("bad", tally.bad.into()),
        ])
        .and_where(Expr::col("id").eq(run.id))
        .and_where(Expr::col("holder").eq(run.holder))
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected()).map_err(|_| Refusal::TakenOver.into())
}

pub(super) async fn finish(tx: &Tx, run: &Run) -> Result<()> {
    let update = Query::update()
        .table("import_runs")
        .value("state", "done")
        .value("ended_at", tx.now())
        .and_where(Expr::col("id").eq(run.id))
        .and_where(Expr::col("holder").eq(run.holder))
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected()).map_err(|_| Refusal::TakenOver.into())
}

/// Begins to take a run back, or goes on with it; whoever else was at it, importing or taking back, stops at its next
/// chunk. A run that was taken back stays so.
pub(super) async fn begin_undo(tx: &Tx, id: Uuid) -> Result<Run> {
    let run = get(tx, id).await?;
    if run.state == UNDONE {
        return Ok(run);
    }
    let run = take_over(tx, run).await?;
    let update =
        Query::update().table("import_runs").value("state", UNDOING).and_where(Expr::col("id").eq(id)).to_owned();
    tx.execute(&update).await?;
    Ok(Run { state: UNDOING.into(), ..run })
}

/// Passes while nobody else took the run over.
///
/// # Errors
/// [`Refusal::TakenOver`].
pub(super) async fn hold(tx: &Tx, run: &Run) -> Result<()> {
    let update = Query::update()
        .table("import_runs")
        .value("holder", run.holder)
        .and_where(Expr::col("id").eq(run.id))
        .and_where(Expr::col("holder").eq(run.holder))
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected()).map_err(|_| Refusal::TakenOver.into())
}

/// Notes that a run was taken back, and how much of it.
pub(super) async fn finish_undo(tx: &Tx, run: &Run, undone: &super::undo::Undone) -> Result<()> {
    let update = Query::update()
        .table("import_runs")
        .value("state", UNDONE)
        .value("withdrawn", undone.withdrawn())
        .value("restored", undone.restored())
        .value("kept", undone.kept())
        .value("undone_at", tx.now())
        .and_where(Expr::col("id").eq(run.id))
        .and_where(Expr::col("holder").eq(run.holder))
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected()).map_err(|_| Refusal::TakenOver.into())
}

/// A run by id.
///
/// # Errors
/// [`Common::NotFound`], or internal failures.
pub async fn get(db: &impl ConnectionTrait, id: Uuid) -> Result<Run> {
    let select = Query::select().columns(COLUMNS).from("import_runs").and_where(Expr::col("id").eq(id)).to_owned();
    run(&db.query_one(&select).await?.ok_or(Common::NotFound)?)
}

/// The run that an account's sheet of a name last made, begun by a moment; none when nothing of it went in.
///
/// # Errors
/// Internal failures only.
pub async fn of_sheet(
    db: &impl ConnectionTrait,
    account: Uuid,
    file_name: &str,
    by: DateTime<Utc>,
) -> Result<Option<Run>> {
    let select = Query::select()
        .columns(COLUMNS)
        .from("import_runs")
        .and_where(Expr::col("actor").eq(format!("account:{account}")))
        .and_where(Expr::col("file_name").eq(file_name))
        .and_where(Expr::col("begun_at").lte(by))
        .order_by("begun_at", Order::Desc)
        .order_by("id", Order::Desc)
        .limit(1)
        .to_owned();
    db.query_one(&select).await?.as_ref().map(run).transpose()
}

/// Notes the job that tries or takes back.
pub(super) async fn set_undo_job(tx: &Tx, run: &Run, job: Uuid, dry_run: bool) -> Result<()> {
    let update = Query::update()
        .table("import_runs")
        .value(if dry_run { "undo_trial" } else { "undo_job" }, job)
        .and_where(Expr::col("id").eq(run.id))
        .to_owned();
    tx.execute(&update).await?;
    Ok(())
}

/// The latest runs of the whole platform, newest first.
///
/// # Errors
/// Internal failures only.
pub async fn recent(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Run>> {
    let select = Query::select()
        .columns(COLUMNS)
        .from("import_runs")
        .order_by("begun_at", Order::Desc)
        .order_by("id", Order::Desc)
        .limit(limit)
        .to_owned();
    db.query_all(&select).await?.iter().map(run).collect()
}

fn run(row: &QueryResult) -> Result<Run> {
    Ok(Run {
        id: row.try_get("", "id")?,
        holder: row.try_get("", "holder")?,
        sheet: row.try_get("", "sheet")?,
        file_name: row.try_get("", "file_name")?,
        state: row.try_get("", "state")?,
        rows_done: row.try_get("", "rows_done")?,
        created: row.try_get("", "created")?,
        changed: row.try_get("", "changed")?,
        same: row.try_get("", "same")?,
        bad: row.try_get("", "bad")?,
        begun_at: row.try_get("", "begun_at")?,
        ended_at: row.try_get("", "ended_at")?,
        undo_trial: row.try_get("", "undo_trial")?,
        undo_job: row.try_get("", "undo_job")?,
    })
}
