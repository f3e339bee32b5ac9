//! How fast a sheet of elders is read and checked: rows a second on one core, as CSV in this process and as .xlsx through
//! the child process (this program run again). Takes the number of rows as its argument, 200,000 by default.

use std::{
    error::Error,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    process::ExitCode,
    time::Instant,
};

use chrono::{Days, NaiveDate};
use kernel::{Clock, ResidentId, SystemClock};
use registry::elders::sheet::{Checked, Column, Limits, Program, Row, Rules, Sheet, Wanted, check, child};
use rust_xlsxwriter::Workbook;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|arg| arg == child::VERB) {
        return child::main(args.get(1).map_or("", String::as_str));
    }
    let rows = args.iter().find_map(|arg| arg.parse().ok()).unwrap_or(200_000);
    match run(rows) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

fn run(rows: u32) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (csv, xlsx) = (folder.path().join("elders.csv"), folder.path().join("elders.xlsx"));
    write_csv(&csv, rows)?;
    write_xlsx(&xlsx, rows)?;
    measure("csv", &csv)?;
    measure("xlsx", &xlsx)
}

fn measure(name: &str, path: &Path) -> Result<()> {
    let rules = Rules { today: SystemClock.today(), places: &|_: kernel::Region| true };
    let begin = Instant::now();
    let mut sheet =
        Sheet::open(path, &Program::this()?, Limits::default(), Wanted::default()).map_err(|e| format!("{e:?}"))?;
    let mut row = Row::default();
    let (mut good, mut bad) = (0_u32, 0_u32);
    while sheet.read(&mut row).map_err(|e| format!("{e:?}"))? {
        match check(&row, sheet.header(), &rules) {
            Checked::Elder(_) => good += 1,
            Checked::Bad(_) | Checked::None(_) => bad += 1,
        }
    }
    let took = begin.elapsed();
    let speed = f64::from(good + bad) / took.as_secs_f64();
    let size = path.metadata()?.len() >> 20;
    println!("{name}: {good} good and {bad} bad rows of {size} MB in {took:.2?}: {speed:.0} rows/s");
    Ok(())
}

fn cells(at: u32) -> [String; 18] {
    let birth = NaiveDate::default() - Days::new(u64::from(at) % 15_000);
    let id = ResidentId::synthetic(411_002, birth, (at / 15_000 * 2 + 1) as u16);
    let texts = [
        "张桂英",
        "居民身份证",
        id.reveal(),
        "男",
        &birth.to_string(),
        &format!("138{:08}", at % 100_000_000),
        "0374-2331234",
        "许昌市魏都区西大街12号",
        "411002001001",
        &format!("文昌街道槐荫社区{at}号楼201"),
        "113.8261",
        "34.0225",
        "独居",
        "低保；独居",
        "张伟",
        "13900005678",
        "长子",
        "听力弱",
    ];
    texts.map(str::to_owned)
}

fn write_csv(path: &Path, rows: u32) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    writeln!(out, "{}", Column::ALL.map(Column::word).join(","))?;
    for at in 0..rows {
        writeln!(out, "{}", cells(at).join(","))?;
    }
    Ok(out.flush()?)
}

fn write_xlsx(path: &Path, rows: u32) -> Result<()> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_row(0, 0, Column::ALL.map(Column::word))?;
    for at in 0..rows {
        sheet.write_row(at + 1, 0, cells(at))?;
    }
    Ok(book.save(path)?)
}
