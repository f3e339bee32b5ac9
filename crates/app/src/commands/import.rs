//! `sangyu import elders FILE`

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use kernel::{Level, PlaceRange, Region, Result, Text};
use registry::{
    elders::{
        import::{self, Begun, Changing, Importer, Request, Tally, Watcher},
        sheet::{At, Column, Fault, FaultSheet, Part, Program, Row, known_as},
    },
    places::{self, Meant},
};

use uuid::Uuid;

use super::{Place, undo};
use crate::{
    config::Config,
    platform::{Platform, operator},
};

kernel::refusals! {
    /// How the command line of an import says no.
    enum Refusal {
        /// Not a heading and what it means.
        Unsaid { told: String } => (Invalid, "import.unsaid", "“{told}”要写成“表里的列名=内容”，例如 客户名=姓名"),
        /// No such column.
        NoColumn { means: String, columns: String } => (Invalid, "import.no_column", "没有“{means}”这种内容；有的是：{columns}"),
        /// A province or a city.
        TooWide { place: String } => (Invalid, "import.place_too_wide", "“{place}”只到省或市，太宽了"),
        /// More than one place.
        Several { place: String, places: String } => (Invalid, "import.several_places", "有几个地方叫“{place}”：{places}"),
        /// No place.
        Nowhere { place: String } => (Invalid, "import.nowhere", "没有“{place}”这个地方"),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Import elders from an Excel sheet (.xlsx, .xls) or delimited text (UTF-8 or GB18030).
    Elders {
        #[command(flatten)]
        place: Place,
        /// The sheet.
        file: PathBuf,
        /// Write nothing; show what would change.
        #[arg(long)]
        dry_run: bool,
        /// Where to write the list of bad rows; beside the sheet when left out.
        #[arg(long, value_name = "FILE")]
        bad_rows: Option<PathBuf>,
        /// Where everybody of the sheet lives whose row does not say it: a code, or a name such as 魏都区西大街道.
        #[arg(long, value_name = "PLACE")]
        lives_in: Option<String>,
        /// What a heading of the sheet means: `--column 客户名=姓名`; `--column 工号=` leaves it out. May stand several times.
        #[arg(long, value_name = "HEADING=COLUMN")]
        column: Vec<String>,
    },
    /// List the latest imports.
    Runs {
        #[command(flatten)]
        place: Place,
    },
    /// Take an import back: withdraw files that it opened, restore what it changed, as far as nobody touched them since.
    Undo {
        #[command(flatten)]
        place: Place,
        /// The import, as `sangyu import runs` names it.
        run: Uuid,
        /// Write nothing; show what would happen.
        #[arg(long)]
        dry_run: bool,
    },
}

/// A progress bar on terminals; silent elsewhere.
pub(crate) fn bar(total: i64, unit: &str) -> ProgressBar {
    let bar = ProgressBar::new(total.max(0).cast_unsigned());
    let template = format!("{{bar:32}} {{percent:>3}}% {{human_pos}} {unit}  还需 {{eta}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// People who change, and rows that wait for an answer, that the terminal names.
const NAMED: usize = 20;

struct Terminal {
    bar: ProgressBar,
    faults: FaultSheet<'static>,
    changes: Vec<Changing>,
}

impl Watcher for Terminal {
    fn begun(&mut self, begun: &Begun) -> Result<()> {
        self.faults.begin(begun.part, begun.name.as_deref(), &begun.headings);
        Ok(())
    }

    fn bad(&mut self, at: At, row: &Row, faults: &[Fault]) -> Result<()> {
        self.faults.add(at, row, faults)
    }

    fn noted(&mut self, at: At, notes: &[Fault]) -> Result<()> {
        notes.iter().try_for_each(|note| self.faults.note(&import::label(at), note))
    }

    fn changing(&mut self, changing: Changing) -> Result<()> {
        let named = self.changes.iter().filter(|known| known.why.is_some() == changing.why.is_some()).count();
        if named < NAMED {
            self.changes.push(changing);
        }
        Ok(())
    }

    async fn progress(&mut self, tally: &Tally) -> Result<()> {
        self.bar.set_position((tally.progress * 1_000.0) as u64);
        Ok(())
    }
}

/// What to import, as the command line says it.
struct Asked {
    file: PathBuf,
    dry_run: bool,
    bad_rows: Option<PathBuf>,
    lives_in: Option<String>,
    columns: Vec<String>,
}

impl Import {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Elders { place, file, dry_run, bad_rows, lives_in, column } => {
                elders(&place, Asked { file, dry_run, bad_rows, lives_in, columns: column }).await
            }
            What::Runs { place } => undo::list(&place).await,
            What::Undo { place, run, dry_run } => undo::undo(&place, run, dry_run).await,
        }
    }
}

async fn elders(place: &Place, asked: Asked) -> Result<ExitCode> {
    let platform = Platform::open(Config::read(&place.data, &[])?).await?;
    platform.check_migrated().await?;
    let actor = operator();
    let mut mapping = import::headings::of_place(&platform.db, None).await?;
    for told in &asked.columns {
        let (heading, column) = column(told)?;
        mapping.insert(known_as(heading), column);
    }
    let place = asked.lives_in.as_deref().map(lives_in).transpose()?;
    let (db, keys) = (platform.db.clone(), platform.keys.clone());
    let importer = Importer { db, keys, actor, program: Program::this()? };
    let file_name = asked.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let list = asked.bad_rows.unwrap_or_else(|| asked.file.with_extension("有误.xlsx"));
    let request = Request { path: asked.file, file_name, dry_run: asked.dry_run, place, mapping };
    let faults = FaultSheet::new(&Text::to_string, platform.config.data())?;
    let mut terminal = Terminal { bar: bar(1_000, "‰"), faults, changes: Vec::new() };
    let tally = import::import(&importer, &request, &mut terminal).await?;
    terminal.bar.finish_and_clear();
    report(&tally, asked.dry_run);
    name_changes(&terminal.changes, &tally);
    if terminal.faults.written() > 0 {
        terminal.faults.save(std::fs::File::create(&list)?)?;
        println!("有误的行和没有收的内容（改好可以直接再导入）：{}", list.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// `客户名=姓名`.
fn column(told: &str) -> Result<(&str, Option<Column>)> {
    let (heading, means) = told.split_once('=').ok_or_else(|| Refusal::Unsaid { told: told.to_owned() })?;
    if means.is_empty() {
        return Ok((heading, None));
    }
    match Column::read(means) {
        Some(column) => Ok((heading, Some(column))),
        None => {
            let all: Vec<_> = Column::EVERY.into_iter().map(Column::word).collect();
            Err(Refusal::NoColumn { means: means.to_owned(), columns: all.join("、") }.into())
        }
    }
}

fn lives_in(text: &str) -> Result<Region> {
    let code = text.parse::<Region>().ok().filter(|place| places::exists(*place));
    match code.map_or_else(|| places::meant(&[(None, text)], PlaceRange::WHOLE), Meant::One) {
        Meant::One(place) if place.level() >= Level::County => Ok(place),
        Meant::One(_) => Err(Refusal::TooWide { place: text.to_owned() }.into()),
        Meant::Several(found) => {
            let names: Vec<_> = found.iter().take(5).filter_map(|place| places::full_name(*place)).collect();
            Err(Refusal::Several { place: text.to_owned(), places: names.join("、") }.into())
        }
        Meant::None { .. } => Err(Refusal::Nowhere { place: text.to_owned() }.into()),
    }
}

fn report(tally: &Tally, dry_run: bool) {
    let mood = if dry_run { "试导入（没有写入）" } else { "导入完成" };
    println!(
        "{mood}：读 {} 行，新建 {} 人，更新 {} 人，未变 {} 人，等回答 {} 行，有误 {} 行",
        tally.rows, tally.created, tally.changed, tally.same, tally.asked, tally.bad
    );
    let named = |part: &Part| part.name.clone().unwrap_or_default();
    if tally.parts.len() > 1 {
        let read: Vec<_> = tally.parts.iter().filter(|part| part.skipped.is_none()).map(named).collect();
        println!("读了这些工作表：{}", read.join("、"));
    }
    for part in &tally.parts {
        if let Some(why) = &part.skipped {
            println!("没有读工作表“{}”：{why}", named(part));
        }
        if part.hidden_rows > 0 {
            println!("工作表“{}”隐藏的 {} 行也读了", named(part), part.hidden_rows);
        }
        if !part.hidden_columns.is_empty() {
            println!("工作表“{}”隐藏的列也读了：{}", named(part), part.hidden_columns.join("、"));
        }
    }
    if tally.passed.empty > 0 {
        println!("{} 行只有序号之类用不到的内容，不算人", tally.passed.empty);
    }
    for (at, said) in &tally.passed.shown {
        println!("第 {} 行不是人，没有读：{said}", import::label(*at));
    }
    if tally.noted > 0 {
        println!("{} 行收下了人，有的内容没有收，见清单", tally.noted);
    }
    if !tally.unknown_columns.is_empty() {
        println!("不认识的列没有导入（可以用 --column 列名=内容 说明）：{}", tally.unknown_columns.join("、"));
    }
}

/// Who changes and how, and which rows wait for an answer.
fn name_changes(changes: &[Changing], tally: &Tally) {
    let (asked, sure): (Vec<_>, Vec<_>) = changes.iter().partition(|changing| changing.why.is_some());
    for (changes, all, head) in [
        (sure, tally.changed, "档案有改动"),
        (asked, tally.asked, "不能断定是不是同一个人，要在网页“等回答的行”里回答"),
    ] {
        if changes.is_empty() {
            continue;
        }
        println!("{head}（{all} 人，列出前 {}）：", changes.len());
        for changing in changes {
            let what: Vec<_> = changing.what.iter().map(Text::to_string).collect();
            println!("  第 {} 行 {}：{}", changing.label(), changing.name, what.join("；"));
        }
    }
}
