//! `sangyu import elders FILE`

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use kernel::{Result, Text};
use registry::elders::{
    import::{Importer, Request, Tally, Watcher, import},
    sheet::{Fault, FaultSheet, Program},
};

use uuid::Uuid;

use super::{Place, undo};
use crate::{
    config::Config,
    platform::{Platform, operator},
};

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Import elders from an Excel sheet (.xlsx) or delimited text (UTF-8 or GB18030).
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

struct Terminal {
    bar: ProgressBar,
    faults: FaultSheet<'static>,
}

impl Watcher for Terminal {
    fn bad(&mut self, row: u32, faults: &[Fault]) -> Result<()> {
        faults.iter().try_for_each(|fault| self.faults.add(row, fault))
    }

    async fn progress(&mut self, tally: &Tally) -> Result<()> {
        self.bar.set_position((tally.progress * 1_000.0) as u64);
        Ok(())
    }
}

impl Import {
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let (place, file, dry_run, bad_rows) = match self.what {
            What::Elders { place, file, dry_run, bad_rows } => (place, file, dry_run, bad_rows),
            What::Runs { place } => return undo::list(&place).await,
            What::Undo { place, run, dry_run } => return undo::undo(&place, run, dry_run).await,
        };
        let platform = Platform::open(Config::read(&place.data, &[])?).await?;
        platform.check_migrated().await?;
        let importer = Importer {
            db: platform.db.clone(),
            keys: platform.keys.clone(),
            actor: operator(),
            program: Program::this()?,
        };
        let file_name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let list = bad_rows.unwrap_or_else(|| file.with_extension("有误.xlsx"));
        let request = Request { path: file, file_name, dry_run };
        let mut terminal =
            Terminal { bar: bar(1_000, "‰"), faults: FaultSheet::new(&Text::to_string, platform.config.data())? };
        let tally = import(&importer, &request, &mut terminal).await?;
        terminal.bar.finish_and_clear();
        report(&tally, dry_run);
        if tally.bad > 0 {
            terminal.faults.save(std::fs::File::create(&list)?)?;
            println!("有误的行、原因和改法：{}", list.display());
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn report(tally: &Tally, dry_run: bool) {
    let mood = if dry_run { "试导入（没有写入）" } else { "导入完成" };
    println!(
        "{mood}：读 {} 行，新建 {} 人，更新 {} 人，未变 {} 人，有误 {} 行",
        tally.rows, tally.created, tally.changed, tally.same, tally.bad
    );
    if !tally.unknown_columns.is_empty() {
        println!("不认识的列没有导入：{}", tally.unknown_columns.join("、"));
    }
}
