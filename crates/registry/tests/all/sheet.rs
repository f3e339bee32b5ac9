//! Sheets of elders as files: read through the child process, good, odd and hostile.

use std::{
    fs,
    io::{Cursor, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Instant,
};

use chrono::NaiveDate;
use kernel::Failure;
use proptest::prelude::*;
use registry::elders::sheet::{Checked, Column, Form, Limits, NoRow, Program, Row, Rules, Sheet, Wanted, check};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use tempfile::TempDir;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

const HEADER: [&str; 6] = ["姓名", "证件号码", "出生日期", "居住地区划代码", "居住地址", "人员类别"];
const ELDER: [&str; 6] = ["张桂英", "411002194305120029", "1943-05-12", "411002001001", "文昌街1号", "低保；独居"];

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn program(&self, script: &str) -> Program {
        let path = self.file("program.sh", format!("#!/bin/sh\n{script}\n").as_bytes());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Program::at(path)
    }
}

fn child() -> Program {
    Program::at(env!("CARGO_BIN_EXE_read-sheet"))
}

fn line(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        sheet.write_string(row, at as u16, *cell).unwrap();
    }
}

fn workbook(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(&mut book);
    book.save_to_buffer().unwrap()
}

/// A workbook of a header and `rows` elders.
fn elders(rows: u32) -> Vec<u8> {
    workbook(|book| {
        let sheet = book.add_worksheet();
        line(sheet, 0, &HEADER);
        (1..=rows).for_each(|row| line(sheet, row, &ELDER));
    })
}

fn open(bytes: &[u8], limits: Limits) -> kernel::Result<Sheet> {
    let folder = Folder::new();
    Sheet::open(&folder.file("随便什么名字.doc", bytes), &child(), limits, Wanted::default())
}

/// All rows of a sheet, or how it said no.
fn rows(bytes: &[u8], limits: Limits) -> kernel::Result<Vec<Row>> {
    let mut sheet = open(bytes, limits)?;
    let (mut row, mut all) = (Row::default(), Vec::new());
    while sheet.read(&mut row)? {
        all.push(row.clone());
    }
    assert!(sheet.progress() > 0.9);
    Ok(all)
}

fn good(bytes: &[u8]) -> Vec<Row> {
    rows(bytes, Limits::default()).unwrap()
}

/// The code and the sentence of the refusal.
fn refused(result: kernel::Result<Vec<Row>>) -> (&'static str, String) {
    match result {
        Err(Failure::Refused(refused)) => (refused.code, refused.text.to_string()),
        Err(Failure::Internal(e)) => panic!("{e:?}"),
        Ok(rows) => panic!("{} rows", rows.len()),
    }
}

fn refusal(bytes: &[u8]) -> &'static str {
    refused(rows(bytes, Limits::default())).0
}

/// The same workbook with one of its parts replaced.
fn patched(bytes: &[u8], part: &str, patch: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let name = entry.name().unwrap().into_owned();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let text = if name == part { patch(text) } else { text };
        out.start_file(name, SimpleFileOptions::default()).unwrap();
        out.write_all(text.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

const SHEET1: &str = "xl/worksheets/sheet1.xml";

#[test]
fn a_workbook_gives_its_rows_with_the_numbers_that_people_see() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet().set_name("特困低保动态").unwrap();
        sheet.merge_range(0, 0, 0, 5, "2026年11月老年人信息表", &Format::new()).unwrap();
        line(sheet, 2, &HEADER);
        line(sheet, 3, &ELDER);
        line(sheet, 9, &ELDER);
    });
    let sheet = open(&bytes, Limits::default()).unwrap();
    assert_eq!((sheet.name(), sheet.header().row()), (Some("特困低保动态"), 3));
    assert!(sheet.header().has(Column::Tags) && !sheet.header().has(Column::Mobile));
    let rows = good(&bytes);
    assert_eq!(rows.iter().map(Row::number).collect::<Vec<_>>(), [4, 10]);
    assert_eq!((0..6).map(|at| rows[1].cell(at).text).collect::<Vec<_>>(), ELDER);
}

#[test]
fn numbers_dates_formulas_and_failures_tell_what_they_were() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        line(sheet, 0, &HEADER);
        line(sheet, 1, &ELDER);
        sheet.write_number(1, 1, 411_002_194_305_120_029_f64).unwrap();
        let date = ExcelDateTime::parse_from_str("1943-05-12").unwrap();
        sheet.write_datetime_with_format(1, 2, &date, &Format::new().set_num_format("yyyy/m/d")).unwrap();
        sheet.write_number(1, 3, 411_002_001_001_f64).unwrap();
        sheet.write_formula(1, 4, Formula::new("=\"文昌街\"&\"1号\"").set_result("文昌街1号")).unwrap();
        sheet.write_formula(1, 5, Formula::new("=NA()").set_result("#N/A")).unwrap();
    });
    let row = &good(&bytes)[0];
    let cells: Vec<_> = (1..6).map(|at| (row.cell(at).text, row.cell(at).form)).collect();
    assert_eq!(
        cells,
        [
            ("4.1100219430512E+17", Form::Number),
            ("1943-05-12", Form::Date),
            ("411002001001", Form::Number),
            ("文昌街1号", Form::Text),
            ("#N/A", Form::Failed),
        ]
    );
}

/// The beginning of a workbook with a password: the name of its stream in UTF-16.
fn encrypted() -> Vec<u8> {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 500], &name, &[0; 500]].concat()
}

#[test]
fn all_sheets_with_a_header_are_read_and_every_other_one_is_named_with_the_reason() {
    let bytes = workbook(|book| {
        line(book.add_worksheet().set_name("封面").unwrap(), 0, &["老年人花名册"]);
        for (name, rows) in [("金地社区", 1), ("北街社区", 3)] {
            let sheet = book.add_worksheet().set_name(name).unwrap();
            line(sheet, 0, &HEADER);
            (1..=rows).for_each(|row| line(sheet, row, &ELDER));
        }
        line(book.add_worksheet().set_name("缺列").unwrap(), 0, &["姓名", "性别", "人数"]);
        let other = book.add_worksheet().set_name("换了顺序").unwrap();
        line(other, 1, &["居住地址", "姓名", "身份证号", "区划代码"]);
        line(other, 2, &["南街1号", "李四", "411002194305120010", "411002001001"]);
        let hidden = book.add_worksheet().set_name("旧数据").unwrap().set_hidden(true);
        line(hidden, 0, &HEADER);
        line(hidden, 1, &ELDER);
        book.add_worksheet().set_name("空表").unwrap();
        let wide = book.add_worksheet().set_name("很宽").unwrap();
        wide.write_string(0, 300, "x").unwrap();
    });
    let mut sheet = open(&bytes, Limits::default()).unwrap();
    let (mut row, mut seen) = (Row::default(), Vec::new());
    while sheet.read(&mut row).unwrap() {
        let at = row.cell(sheet.header().order().iter().position(|column| *column == Column::Name).unwrap());
        seen.push((sheet.name().unwrap().to_owned(), sheet.position().part(), row.number(), at.text.to_owned()));
    }
    let of = |name: &str, part, number, who: &str| (name.to_owned(), part, number, who.to_owned());
    assert_eq!(
        seen,
        [
            of("金地社区", 1, 2, "张桂英"),
            of("北街社区", 2, 2, "张桂英"),
            of("北街社区", 2, 3, "张桂英"),
            of("北街社区", 2, 4, "张桂英"),
            of("换了顺序", 4, 3, "李四"),
        ]
    );
    let skipped: Vec<_> = sheet
        .parts()
        .iter()
        .filter_map(|part| Some(format!("{}：{}", part.name.as_deref()?, part.skipped.as_ref()?)))
        .collect();
    assert_eq!(
        skipped,
        [
            "封面：没有老人信息的表头",
            "缺列：缺少这些列：证件号码、居住地区划代码、居住地址。请补上列名和内容再上传",
            "旧数据：是隐藏的工作表；要导入请先取消隐藏",
            "空表：没有内容",
            "很宽：没有内容",
        ]
    );
}

#[test]
fn a_merged_cell_holds_for_all_its_rows() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        sheet.merge_range(0, 0, 0, 5, "2026年老年人登记表", &Format::new()).unwrap();
        line(sheet, 1, &HEADER);
        line(sheet, 2, &["陈国华", "411002194305122016", ""]);
        line(sheet, 3, &["刘秀英", "411002194305122024", ""]);
        line(sheet, 4, &["王五", "411002194305122032", "", "411002001002", "南街1号"]);
        sheet.merge_range(2, 3, 3, 3, "411002001001", &Format::new()).unwrap();
        sheet.merge_range(2, 4, 3, 4, "榆园3号楼2单元", &Format::new()).unwrap();
        sheet.merge_range(3, 5, 6, 5, "独居", &Format::new()).unwrap();
    });
    let rows = good(&bytes);
    let cells = |row: &Row| [3, 4, 5].map(|at| row.cell(at).text.to_owned());
    assert_eq!(cells(&rows[0]), ["411002001001", "榆园3号楼2单元", ""]);
    assert_eq!(cells(&rows[1]), ["411002001001", "榆园3号楼2单元", "独居"]);
    assert_eq!(cells(&rows[2]), ["411002001002", "南街1号", "独居"]);
    assert_eq!(rows.len(), 3, "rows that hold nothing of their own are none");
}

#[test]
fn a_header_of_two_merged_rows_is_read_from_a_workbook() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 6, "2026年老年人基本信息登记表", &plain).unwrap();
        for (at, name) in ["姓名", "身份证号", "现住址", "区划代码"].into_iter().enumerate() {
            sheet.merge_range(1, at as u16, 2, at as u16, name, &plain).unwrap();
        }
        sheet.merge_range(1, 4, 1, 6, "紧急联系人", &plain).unwrap();
        line(sheet, 2, &["", "", "", "", "姓名", "电话", "关系"]);
        line(sheet, 3, &["张桂英", "411002194305121013", "文昌街1号", "411002001001", "李建国", "13900001001", "长子"]);
    });
    let sheet = open(&bytes, Limits::default()).unwrap();
    let header = sheet.header();
    assert_eq!(header.row(), 3);
    assert!(header.has(Column::Contact) && header.has(Column::ContactPhone) && header.has(Column::ContactRelation));
    assert_eq!(good(&bytes).len(), 1);
}

#[test]
fn hidden_rows_and_columns_are_read_and_told() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        line(sheet, 0, &HEADER);
        (1..=4).for_each(|row| line(sheet, row, &ELDER));
        sheet.set_row_hidden(2).unwrap();
        sheet.set_row_hidden(9).unwrap();
        sheet.set_column_hidden(4).unwrap();
    });
    let mut sheet = open(&bytes, Limits::default()).unwrap();
    let (mut row, mut hidden) = (Row::default(), Vec::new());
    while sheet.read(&mut row).unwrap() {
        hidden.push(row.is_hidden());
    }
    assert_eq!(hidden, [false, true, false, false]);
    assert_eq!(
        (sheet.parts()[0].hidden_rows, sheet.parts()[0].hidden_columns.as_slice()),
        (1, &["居住地址".to_owned()][..])
    );
}

#[test]
fn a_formula_that_nobody_worked_out_is_told_and_one_that_came_to_nothing_is_empty() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        line(sheet, 0, &HEADER);
        line(sheet, 1, &ELDER);
        sheet.write_formula(1, 4, Formula::new("=\"1380000\"&\"3001\"").set_result("X")).unwrap();
        sheet.write_formula(1, 5, Formula::new("=IF(A9=\"\",\"\",A9)").set_result("Y")).unwrap();
    });
    let bytes = patched(&bytes, SHEET1, |xml| xml.replace("<v>Y</v>", "<v></v>"));
    let without = patched(&bytes, SHEET1, |xml| xml.replace("<v>X</v>", ""));
    let empty = patched(&bytes, SHEET1, |xml| xml.replace("<v>X</v>", "<v></v>"));
    for bytes in [without, empty] {
        let row = &good(&bytes)[0];
        assert_eq!((row.cell(4).text, row.cell(4).form), ("", Form::Pending));
        assert!(row.cell(5).form != Form::Pending && row.cell(5).text.is_empty());
    }
}

#[test]
fn an_old_workbook_is_read_through_the_same_child() {
    let bytes = include_bytes!("elders.xls");
    let mut sheet = open(bytes, Limits::default()).unwrap();
    let (mut row, mut seen) = (Row::default(), Vec::new());
    while sheet.read(&mut row).unwrap() {
        let cells = (0..6).map(|at| row.cell(at).text.to_owned()).collect::<Vec<_>>();
        seen.push((sheet.name().unwrap().to_owned(), row.number(), cells.join("|")));
    }
    let of = |name: &str, number, cells: &str| (name.to_owned(), number, cells.to_owned());
    assert_eq!(
        seen,
        [
            of("金地社区", 3, "张桂英|411002194305120029|1943-05-12|411002001001|文昌街1号|低保；独居"),
            of("金地社区", 4, "李四|411002194305120010|1943-05-12|411002001001|文昌街1号|"),
            of("北街社区", 2, "王五|411002194305122032|15838|411002001001|南街1号|"),
        ]
    );
    assert_eq!(sheet.parts().iter().map(|part| part.skipped.is_some()).collect::<Vec<_>>(), [true, false, false]);
    let narrow = Limits { rows: 2, ..Limits::default() };
    assert_eq!(refused(rows(bytes, narrow)).0, "sheet.too_many_rows");
    assert_eq!(refusal(&bytes[..bytes.len() / 2]), "sheet.damaged");
}

#[test]
fn the_first_sheet_with_a_known_header_is_read() {
    let bytes = workbook(|book| {
        line(book.add_worksheet().set_name("封面").unwrap(), 0, &["老年人花名册"]);
        line(book.add_worksheet().set_name("汇总").unwrap(), 0, &["姓名", "性别", "人数"]);
        let sheet = book.add_worksheet().set_name("名单").unwrap();
        line(sheet, 0, &HEADER);
        line(sheet, 1, &ELDER);
    });
    assert_eq!(open(&bytes, Limits::default()).unwrap().name(), Some("名单"));
    assert_eq!(good(&bytes).len(), 1);
}

#[test]
fn a_text_is_read_without_a_child_in_both_encodings() {
    let text = format!("{}\n{}\n", HEADER.join(","), ELDER.join(","));
    let gb = encoding_rs::GB18030.encode(&text).0.into_owned();
    for bytes in [text.clone().into_bytes(), gb, [b"\xef\xbb\xbf", text.as_bytes()].concat()] {
        let path = Folder::new();
        let path = (path.file("名单.xlsx", &bytes), path);
        let mut sheet = Sheet::open(&path.0, &Program::at("/nowhere"), Limits::default(), Wanted::default()).unwrap();
        let mut row = Row::default();
        assert!(sheet.read(&mut row).unwrap());
        assert_eq!((row.cell(0).text, row.cell(5).text), ("张桂英", "低保；独居"));
        assert!(!sheet.read(&mut row).unwrap());
    }
}

#[test]
fn the_template_itself_is_a_sheet_without_faults_and_without_elders() {
    let bytes = registry::elders::sheet::template(&|text| text.to_string(), &[("西大街道".into(), "411002001".into())])
        .unwrap();
    let sheet = open(&bytes, Limits::default()).unwrap();
    assert_eq!((sheet.name(), sheet.header().order().len()), (Some("老人档案"), 18));
    assert!(sheet.header().unknown().is_empty());
    let rules = Rules { today: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(), places: &|_: kernel::Region| true };
    let rows = good(&bytes);
    assert_eq!(rows.len(), 1);
    assert!(matches!(check(&rows[0], sheet.header(), &rules), Checked::None(NoRow::Example)));
}

#[test]
fn what_is_no_sheet_of_elders_is_refused_with_a_cure() {
    let docx = {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["[Content_Types].xml", "word/document.xml"] {
            out.start_file(name, SimpleFileOptions::default()).unwrap();
        }
        out.finish().unwrap().into_inner()
    };
    let no_cells = workbook(|book| line(book.add_worksheet(), 0, &[]));
    let title = workbook(|book| line(book.add_worksheet(), 0, &["老年人花名册"]));
    let half = workbook(|book| line(book.add_worksheet(), 0, &["姓名", "性别", "手机"]));
    for (bytes, code) in [
        (&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old"[..], "sheet.damaged"),
        (&b"\x09\x08\x10\x00"[..], "sheet.old_format"),
        (&encrypted(), "sheet.locked"),
        (b"<html><table><tr><td>x", "sheet.web_page"),
        (b"\xff\xfeY\x00", "sheet.utf16"),
        (b"%PDF-1.7", "sheet.not_a_sheet"),
        (&docx, "sheet.not_a_sheet"),
        (b"", "sheet.empty"),
        (&no_cells, "sheet.empty"),
        (&title, "sheet.no_header"),
        (&half, "sheet.missing_columns"),
    ] {
        assert_eq!(refusal(bytes), code);
    }
    let (_, sentence) = refused(rows(b"\x09\x08\x10\x00", Limits::default()));
    assert!(sentence.contains("另存为 .xlsx"), "{sentence}");
}

#[test]
fn a_truncated_workbook_is_damaged_wherever_it_was_cut() {
    let bytes = elders(50);
    for part in [30, bytes.len() / 3, bytes.len() / 2, bytes.len() - 30] {
        assert_eq!(refusal(&bytes[..part]), "sheet.damaged", "{part}");
    }
    let open_end = patched(&elders(50), SHEET1, |xml| xml[..xml.len() / 2].to_owned());
    assert_eq!(refusal(&open_end), "sheet.damaged");
}

#[test]
fn a_cell_in_the_last_corner_is_refused_in_no_time() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        line(sheet, 0, &HEADER);
        sheet.write_string(1_048_575, 16_383, "x").unwrap();
    });
    assert!(bytes.len() < 10_000);
    let begin = Instant::now();
    let (code, sentence) = refused(rows(&bytes, Limits::default()));
    assert_eq!(code, "sheet.too_many_columns");
    assert!(sentence.starts_with("第 1048576 行在第 200 列以外"), "{sentence}");
    assert!(begin.elapsed().as_secs() < 5);
}

#[test]
fn rows_beyond_the_cap_are_refused() {
    let limits = Limits { rows: 20, ..Limits::default() };
    assert_eq!(refused(rows(&elders(20), limits)).0, "sheet.too_many_rows");
    assert_eq!(rows(&elders(19), limits).unwrap().len(), 19);
    let scarce = Limits { text_bytes: 200, ..Limits::default() };
    assert_eq!(refused(rows(&elders(19), scarce)).0, "sheet.bomb");
    let small = Limits { file_bytes: 1_000, ..Limits::default() };
    assert_eq!(refused(rows(&elders(1), small)).0, "sheet.file_too_large");
}

#[test]
fn a_long_cell_is_cut_and_marked_and_the_rest_read() {
    let bytes = workbook(|book| {
        let sheet = book.add_worksheet();
        line(sheet, 0, &HEADER);
        line(sheet, 1, &ELDER);
        sheet.write_string(1, 4, "长".repeat(30_000)).unwrap();
    });
    let row = &good(&bytes)[0];
    assert_eq!((row.cell(4).text.chars().count(), row.cell(4).form), (4_000, Form::Cut));
    assert_eq!(row.cell(5).text, "低保；独居");
}

#[test]
fn a_bomb_that_tells_its_size_is_not_unpacked() {
    let bytes = patched(&elders(1), SHEET1, |xml| {
        xml.replace("</sheetData>", &format!("{}</sheetData>", " ".repeat(70 << 20)))
    });
    assert!(bytes.len() < 1 << 20);
    assert_eq!(refusal(&bytes), "sheet.bomb");
}

#[test]
fn a_bomb_in_the_shared_strings_dies_in_its_room() {
    let long = format!("<si><t>{}</t></si>", "老人".repeat(3_000));
    let swollen = |xml: String| xml.replace("</sst>", &format!("{}</sst>", long.repeat(5_000)));
    let bytes = patched(&elders(1), "xl/sharedStrings.xml", swollen);
    let narrow = Limits { memory_bytes: 64 << 20, unpacked_ratio: 100_000, ..Limits::default() };
    assert_eq!(refused(rows(&bytes, narrow)).0, "sheet.too_heavy");
}

#[test]
fn a_count_that_asks_for_all_memory_dies_in_its_room() {
    let counts = |xml: String| xml.replace("uniqueCount=\"12\"", "uniqueCount=\"40000000000\"");
    let bytes = patched(&elders(1), "xl/sharedStrings.xml", counts);
    assert_eq!(refusal(&bytes), "sheet.too_heavy");
}

#[test]
fn a_sheet_that_burns_time_is_stopped() {
    let endless = |xml: String| {
        let cells = format!("<row r=\"9\">{}</row>", "<c r=\"A9\" s=\"1\"/>".repeat(1_000));
        xml.replace("</sheetData>", &format!("{}</sheetData>", cells.repeat(3_000)))
    };
    let bytes = patched(&elders(1), SHEET1, endless);
    let hasty = Limits { cpu_secs: 1, unpacked_ratio: 100_000, ..Limits::default() };
    assert_eq!(refused(rows(&bytes, hasty)).0, "sheet.too_heavy");
}

#[test]
fn rows_out_of_order_are_damaged() {
    let bytes = patched(&elders(3), SHEET1, |xml| xml.replace("r=\"A4\"", "r=\"A2\""));
    assert_eq!(refusal(&bytes), "sheet.damaged");
}

#[test]
fn every_death_of_the_child_becomes_an_answer() {
    let folder = Folder::new();
    let path = folder.file("名单.xlsx", &elders(1));
    let limits = Limits { silence_secs: 1, ..Limits::default() };
    let answer = |script: &str| match Sheet::open(&path, &folder.program(script), limits, Wanted::default()) {
        Err(Failure::Refused(refused)) => refused.code,
        Err(Failure::Internal(_)) => "internal",
        Ok(_) => "read",
    };
    assert_eq!(answer("kill -9 $$"), "sheet.too_heavy");
    assert_eq!(answer("kill -6 $$"), "sheet.too_heavy");
    assert_eq!(answer("exec /bin/sleep 60"), "sheet.too_heavy");
    assert_eq!(answer("exit 101"), "sheet.damaged");
    assert_eq!(answer("exit 3"), "internal");
    assert_eq!(answer("echo hello"), "internal");
    assert_eq!(answer(&format!("exec {} \"$@\"", env!("CARGO_BIN_EXE_read-sheet"))), "read");
}

#[test]
fn the_child_sees_no_environment_and_no_path() {
    let folder = Folder::new();
    let path = folder.file("名单.xlsx", &elders(1));
    let seen = folder.0.path().join("seen");
    let script = format!("/usr/bin/env >{0}; echo \"$@\" >>{0}; exit 101", seen.display());
    assert!(Sheet::open(&path, &folder.program(&script), Limits::default(), Wanted::default()).is_err());
    let seen = fs::read_to_string(seen).unwrap();
    assert!(!seen.contains("HOME") && !seen.contains("名单") && !seen.contains("CARGO"), "{seen}");
}

#[test]
fn a_sheet_left_half_read_takes_its_child_along() {
    let folder = Folder::new();
    let pid = folder.0.path().join("pid");
    let script = format!("echo $$ >{}; exec {} \"$@\"", pid.display(), env!("CARGO_BIN_EXE_read-sheet"));
    let mut sheet = Sheet::open(
        &folder.file("名单.xlsx", &elders(30_000)),
        &folder.program(&script),
        Limits::default(),
        Wanted::default(),
    )
    .unwrap();
    assert!(sheet.read(&mut Row::default()).unwrap());
    let process = Path::new("/proc").join(fs::read_to_string(pid).unwrap().trim());
    assert!(process.exists());
    drop(sheet);
    assert!(!process.exists());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_bytes_of_a_workbook_hang_or_kill_the_parent(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        is_old in any::<bool>(),
    ) {
        let mut bytes = if is_old { include_bytes!("elders.xls").to_vec() } else { elders(3) };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let limits = Limits { cpu_secs: 5, silence_secs: 10, ..Limits::default() };
        let _ = rows(&bytes, limits).map_err(|failure| assert!(failure.code().is_some(), "{failure:?}"));
    }

    #[test]
    fn no_changed_xml_of_a_sheet_hangs_or_kills_the_parent(
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[<>/\"=a-zA-Z0-9&; -]"), 1..10),
        part in prop::sample::select(vec![SHEET1, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]),
    ) {
        let bytes = patched(&elders(3), part, |xml| {
            let mut chars: Vec<String> = xml.chars().map(String::from).collect();
            for (at, text) in &changes {
                let at = at.index(chars.len());
                chars[at].clone_from(text);
            }
            chars.concat()
        });
        let limits = Limits { cpu_secs: 5, silence_secs: 10, ..Limits::default() };
        let _ = rows(&bytes, limits).map_err(|failure| assert!(failure.code().is_some(), "{failure:?}"));
    }
}
