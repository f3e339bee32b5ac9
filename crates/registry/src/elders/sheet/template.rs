//! The empty sheet to fill in: the columns, how to fill each, one example. All cells are text, so that no number loses
//! its digits.

use kernel::{Result, Text, text};
use rust_xlsxwriter::{Color, DataValidation, Format, Note, Workbook, Worksheet};

use super::{
    Column,
    row::{EXAMPLE, words},
};
use crate::elders::vocabulary::{CertKind, LivingSituation, Tag};

/// The row of the example; what a person fills in begins below it or in its place.
const EXAMPLE_ROW: u32 = 1;
/// Last row in which Excel offers the words of closed lists.
const LAST_ROW: u32 = 100_000;

/// The worksheet of the places to choose from.
const PLACES: &str = "地区";

/// Makes the template as .xlsx. `say` puts a hint into the reader's language; the columns keep their Chinese names, by
/// which an import knows them. `places` are offered as a list in the column of the place: their name, as an import reads
/// it, and their code.
///
/// # Errors
/// An internal fault when the workbook cannot be made.
pub fn template(say: &dyn Fn(&Text) -> String, places: &[(String, String)]) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("老人档案")?;
    fill_in(sheet, say)?;
    if !places.is_empty() {
        offer(sheet, places.len())?;
    }
    explain(book.add_worksheet().set_name("填写说明")?, say)?;
    if !places.is_empty() {
        enumerate(book.add_worksheet().set_name(PLACES)?, say, places)?;
    }
    Ok(book.save_to_buffer()?)
}

/// Offers the places in the column of the place; a code may be written all the same.
fn offer(sheet: &mut Worksheet, places: usize) -> Result<()> {
    let at = Column::ALL.iter().position(|column| *column == Column::Place).unwrap_or_default() as u16;
    let range = format!("={PLACES}!$A$2:$A${}", places + 1);
    let list = DataValidation::new().allow_list_formula(range.as_str().into()).show_error_message(false);
    sheet.add_data_validation(EXAMPLE_ROW, at, LAST_ROW, at, &list)?;
    Ok(())
}

fn enumerate(sheet: &mut Worksheet, say: &dyn Fn(&Text) -> String, places: &[(String, String)]) -> Result<()> {
    let (head, as_text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
    for (at, (title, width)) in [text!("名称"), text!("代码")].iter().zip([40.0, 18.0]).enumerate() {
        sheet.set_column_width(at as u16, width)?;
        sheet.write_string_with_format(0, at as u16, say(title), &head)?;
    }
    for (row, (name, code)) in (1..).zip(places) {
        sheet.write_string_with_format(row, 0, name, &as_text)?;
        sheet.write_string_with_format(row, 1, code, &as_text)?;
    }
    Ok(())
}

fn fill_in(sheet: &mut Worksheet, say: &dyn Fn(&Text) -> String) -> Result<()> {
    let head = Format::new().set_bold().set_background_color(Color::RGB(0x00E6_F1F2)).set_num_format("@");
    let grey = Format::new().set_italic().set_font_color(Color::RGB(0x0060_6A6D)).set_num_format("@");
    let as_text = Format::new().set_num_format("@");
    for (at, column) in Column::ALL.into_iter().enumerate() {
        let (at, name) = (at as u16, title(column));
        sheet.set_column_format(at, &as_text)?;
        sheet.set_column_width(at, width(column))?;
        sheet.write_string_with_format(0, at, name, &head)?;
        sheet.insert_note(0, at, &Note::new(say(&hint(column))).set_author("").add_author_prefix(false))?;
        sheet.write_string_with_format(EXAMPLE_ROW, at, example(column), &grey)?;
        if let Some(words) = closed_list(column) {
            let list = DataValidation::new().allow_list_strings(&words)?;
            sheet.add_data_validation(EXAMPLE_ROW, at, LAST_ROW, at, &list)?;
        }
    }
    sheet.set_freeze_panes(1, 1)?;
    Ok(())
}

fn explain(sheet: &mut Worksheet, say: &dyn Fn(&Text) -> String) -> Result<()> {
    let head = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap();
    let titles = [text!("列名"), text!("必填"), text!("怎样填"), text!("例子")];
    for (at, (title, width)) in titles.iter().zip([18.0, 8.0, 70.0, 28.0]).enumerate() {
        sheet.set_column_width(at as u16, width)?;
        sheet.write_string_with_format(0, at as u16, say(title), &head)?;
    }
    for (row, column) in (1..).zip(Column::ALL) {
        let mandatory = if column.is_mandatory() { say(&text!("必填")) } else { String::new() };
        sheet.write_string(row, 0, column.word())?;
        sheet.write_string(row, 1, mandatory)?;
        sheet.write_string_with_format(row, 2, say(&hint(column)), &wrapped)?;
        sheet.write_string(row, 3, example(column).trim_start_matches(EXAMPLE))?;
    }
    Ok(())
}

fn title(column: Column) -> String {
    format!("{}{}", if column.is_mandatory() { "*" } else { "" }, column.word())
}

const fn width(column: Column) -> f64 {
    match column {
        Column::Address | Column::HukouAddress | Column::Remark => 30.0,
        Column::CertNumber | Column::CertKind | Column::Tags => 22.0,
        Column::Sex | Column::Longitude | Column::Latitude => 10.0,
        _ => 16.0,
    }
}

fn closed_list(column: Column) -> Option<Vec<&'static str>> {
    match column {
        Column::CertKind => Some(CertKind::ALL.iter().map(|word| word.word()).collect()),
        Column::Sex => Some(vec!["男", "女"]),
        Column::Living => Some(LivingSituation::ALL.iter().map(|word| word.word()).collect()),
        _ => None,
    }
}

fn hint(column: Column) -> Text {
    match column {
        Column::Name => text!("写全姓名，少数民族姓名的间隔点照写"),
        Column::CertKind => text!("不填就当作居民身份证；没有证件的填“{word}”", word = CertKind::None.word()),
        Column::CertNumber => text!("居民身份证填 18 位，15 位的旧号码也认；这一列要设为文本"),
        Column::Sex => text!("填：{words}；有居民身份证的可以不填", words = "男、女"),
        Column::Birth => text!("写成 1943-05-12 的样子；有居民身份证的可以不填"),
        Column::Mobile => text!("11 位手机号码，只填一个"),
        Column::Landline => text!("带区号，写成 0374-2331234 的样子，只填一个"),
        Column::HukouAddress => text!("户口簿上的地址"),
        Column::Place => {
            text!(
                "现在住处的村（社区）：从下拉表里选名称，或填 12 位统计用区划代码；只知道乡镇（街道）的填它的名称或 9 位代码"
            )
        }
        Column::Address => text!("现在住处的街道、小区、楼号和门牌"),
        Column::Longitude => text!("国家大地坐标（CGCS2000）的十进制度数，与纬度一起填；没有就空着"),
        Column::Latitude => text!("国家大地坐标（CGCS2000）的十进制度数，与经度一起填；没有就空着"),
        Column::Living => text!("只填最主要的一项，从下拉表里选"),
        Column::Tags => text!("可以填几项，用分号隔开：{words}", words = words(Tag::ALL.iter().map(|tag| tag.word()))),
        Column::Contact => text!("紧急时打给谁"),
        Column::ContactPhone => text!("联系人的手机或固定电话，只填一个"),
        Column::ContactRelation => text!("联系人是老人的什么人，例如长子、侄女、邻居"),
        Column::Remark => text!("别的要说明的事，不超过 1000 字"),
        Column::County | Column::Town | Column::Village | Column::Coordinates => text!("现在住处的名称"),
    }
}

const fn example(column: Column) -> &'static str {
    match column {
        Column::Name => "（示例）张桂英",
        Column::CertKind => "居民身份证",
        Column::CertNumber => "411002194305120029",
        Column::Sex => "女",
        Column::Birth => "1943-05-12",
        Column::Mobile => "13800001234",
        Column::Landline => "0374-2331234",
        Column::HukouAddress => "魏都区西大街12号",
        Column::Place => "411002001",
        Column::Address => "文昌小区3号楼201",
        Column::Longitude => "113.8261",
        Column::Latitude => "34.0225",
        Column::Living => "独居",
        Column::Tags => "低保；独居",
        Column::Contact => "张伟",
        Column::ContactPhone => "13900005678",
        Column::ContactRelation => "长子",
        Column::Remark => "听力弱，请大声敲门",
        Column::County => "魏都区",
        Column::Town => "西大街道",
        Column::Village => "西大社区",
        Column::Coordinates => "113.8261,34.0225",
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::elders::sheet::{Checked, Form, Header, Mapping, NoRow, Row, Rules, check};

    fn row(number: u32, cells: impl Iterator<Item = String>) -> Row {
        let mut row = Row::default();
        row.start(number);
        cells.for_each(|cell| row.push(&cell, Form::Text, 100));
        row
    }

    #[test]
    fn the_example_shows_a_row_that_would_be_taken() {
        let header = Header::find(&[row(1, Column::ALL.into_iter().map(title))], &Mapping::new()).unwrap();
        assert_eq!(header.order(), Column::ALL);
        let rules = Rules { today: NaiveDate::from_ymd_opt(2026, 11, 21).unwrap(), places: &|_: kernel::Region| true };
        let cells = Column::ALL.map(|column| example(column).to_owned());
        assert!(matches!(check(&row(2, cells.clone().into_iter()), &header, &rules), Checked::None(NoRow::Example)));
        let real = cells.into_iter().map(|cell| cell.trim_start_matches(EXAMPLE).to_owned());
        let checked = check(&row(2, real), &header, &rules);
        assert!(matches!(checked, Checked::Elder(_)), "{checked:?}");
    }
}
