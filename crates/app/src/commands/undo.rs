//! `sangyu import runs` and `sangyu import undo RUN`.

use std::process::ExitCode;

use indicatif::ProgressBar;
use kernel::{Result, Text};
use registry::elders::import::{
    self,
    undo::{self, Desk, Fate, Follower, Undone},
};
use uuid::Uuid;

use super::{Place, import::bar};
use crate::{
    config::Config,
    platform::{Platform, operator},
};

/// Imports in the list.
const LISTED: u64 = 20;
/// Rows that stay, shown one by one.
const SHOWN: u64 = 100;

struct Terminal(ProgressBar);

impl Follower for Terminal {
    async fn progress(&mut self, undone: &Undone) -> Result<()> {
        self.0.set_length(undone.total.cast_unsigned());
        self.0.set_position(undone.rows.cast_unsigned());
        Ok(())
    }
}

async fn open(place: &Place) -> Result<Platform> {
    let platform = Platform::open(Config::read(&place.data, &[])?).await?;
    platform.check_migrated().await?;
    Ok(platform)
}

/// Lists the latest imports.
pub(crate) async fn list(place: &Place) -> Result<ExitCode> {
    let platform = open(place).await?;
    for run in import::recent(&platform.db, LISTED).await? {
        let state = match run.state.as_str() {
            "running" => "未完成",
            "undoing" => "正在撤销",
            "undone" => "已撤销",
            _ => "已导入",
        };
        let at = kernel::local(run.begun_at).format("%Y-%m-%d %H:%M");
        println!("{}  {at}  {state}  新建 {} 更新 {}  {}", run.id, run.created, run.changed, run.file_name);
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes an import back, or says what that would do.
pub(crate) async fn undo(place: &Place, run: Uuid, dry_run: bool) -> Result<ExitCode> {
    let platform = open(place).await?;
    let actor = operator();
    let desk = Desk { db: &platform.db, keys: &platform.keys, actor: &actor };
    let mut terminal = Terminal(bar(0, "行"));
    let undone = undo::undo(desk, run, dry_run, &mut terminal).await?;
    terminal.0.finish_and_clear();
    let mood = if dry_run { "试撤销（没有写入）" } else { "撤销完成" };
    println!(
        "{mood}：收回 {} 份新建的档案，恢复 {} 份档案的原值，{} 行不动",
        undone.withdrawn(),
        undone.restored(),
        undone.kept()
    );
    for fate in Fate::ALL.into_iter().filter(|fate| fate.is_kept() && undone.of(*fate) > 0) {
        println!("  {} 行：{}", undone.of(fate), Text::new(fate.word()));
    }
    if !dry_run {
        for row in undo::kept(&platform.db, run, 0, SHOWN).await? {
            println!("  第 {} 行 {} {}：{}", row.label(), row.number, row.name, Text::new(row.fate.word()));
        }
    }
    Ok(ExitCode::SUCCESS)
}
