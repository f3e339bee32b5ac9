//! Rows of a sheet that are no person's: what offices put between and under the rows.

use super::{Column, EXAMPLE, Form, Header, NoRow, Row};
use crate::normal;

/// How footers begin.
const FOOTERS: [&str; 33] = [
    "合计",
    "总计",
    "小计",
    "共计",
    "累计",
    "总数",
    "总人数",
    "合 计",
    "共",
    "填表",
    "填报",
    "制表",
    "审核",
    "审批",
    "复核",
    "负责人",
    "经办人",
    "经手人",
    "单位负责",
    "单位(盖章",
    "盖章",
    "签字",
    "签名",
    "日期",
    "注",
    "备注",
    "说明",
    "附",
    "联系电话",
    "联系人",
    "统计时间",
    "本表",
    "填写说明",
];

/// Why a row is no person's; none when it may be.
pub(super) fn no_row(row: &Row, header: &Header) -> Option<NoRow> {
    let text = |column| header.position(column).map_or("", |at| row.cell(at).text);
    if text(Column::Name).starts_with(EXAMPLE) {
        return Some(NoRow::Example);
    }
    let read = || Column::EVERY.into_iter().filter_map(|column| header.position(column));
    let filled: Vec<usize> = (0..row.width()).filter(|at| row.holds(*at)).collect();
    if is_numbered(text(Column::CertNumber)) {
        return None;
    }
    if is_footer(row, &filled) {
        return Some(NoRow::Footer);
    }
    if !read().any(|at| row.holds(at)) && !header.flags().any(|(at, _)| row.holds(at)) {
        let telling = matches!(filled[..], [at] if row.cell(at).text.chars().any(char::is_alphabetic));
        return Some(if telling { NoRow::Heading } else { NoRow::Empty });
    }
    if Header::known(row) >= 3 {
        return Some(NoRow::Header);
    }
    let alone = matches!(filled[..], [at] if header.position(Column::Name) != Some(at) || !is_name(row.cell(at).text));
    (alone && row.cell(filled[0]).form == Form::Text).then_some(NoRow::Heading)
}

/// Whether something that may be a certificate's number stands there: then it is a person, whatever else is written.
fn is_numbered(number: &str) -> bool {
    number.bytes().filter(u8::is_ascii_digit).count() >= 5 && !number.chars().any(normal::is_han)
}

/// Whether the first text of a row begins like a footer.
fn is_footer(row: &Row, filled: &[usize]) -> bool {
    let Some(first) = filled.iter().map(|at| row.cell(*at).text).find(|text| !text.bytes().all(|b| b.is_ascii_digit()))
    else {
        return false;
    };
    let bare: String = normal::fold(first).chars().filter(|c| !c.is_whitespace()).collect();
    FOOTERS.iter().filter_map(|word| bare.strip_prefix(word)).any(|rest| {
        rest.is_empty()
            || rest.starts_with(|c: char| {
                c.is_ascii_digit() || matches!(c, ':' | '.' | '、' | '(' | '-' | '人' | '员' | '单' | '时' | '日')
            })
    })
}

/// Whether a text may be a person's name.
fn is_name(text: &str) -> bool {
    let name = normal::name(text);
    (2..=4).contains(&name.chars().count()) && name.chars().all(char::is_alphabetic)
}
