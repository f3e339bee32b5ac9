//! Names and free texts.

use kernel::text;

use super::{Column, Reading};
use crate::normal;

/// Longest name of a person, in characters: the longest registered names of minorities and foreigners are near 30.
const NAME: usize = 40;

impl Reading<'_> {
    /// A person's name: letters of any script, a middle dot between parts; blanks only between parts in Latin letters.
    pub(super) fn name(&mut self, column: Column) -> Option<String> {
        let cell = self.required(column)?;
        self.name_of(column, cell.text)
    }

    /// As [`Self::name`], of a text that was taken out of the cell.
    pub(super) fn name_of(&mut self, column: Column, written: &str) -> Option<String> {
        let name = normal::name(written);
        let (reason, cure) = if normal::has_private_use(&name) {
            (text!("有一个字是自造字，别的电脑上显示不出来"), text!("换成能显示的字"))
        } else if let Some(odd) = name.chars().find(|c| !may_stand(*c)) {
            let odd = if odd.is_control() || !odd.is_ascii() { String::new() } else { odd.to_string() };
            (text!("有姓名里不该有的字符 {odd}", odd = odd), text!("只留姓名，称呼和说明写在备注里"))
        } else if !name.starts_with(char::is_alphabetic) || !name.ends_with(|c: char| c.is_alphabetic() || c == '.') {
            (text!("姓名的头尾不是字"), text!("只留姓名"))
        } else if name.chars().count() < 2 {
            (text!("姓名只有一个字"), text!("写全姓名"))
        } else if name.chars().count() > NAME {
            (text!("姓名超过 {max} 个字", max = NAME), text!("只留姓名"))
        } else {
            return Some(name);
        };
        self.fault(column, written, reason, cure);
        None
    }

    /// A text in which anything may stand but what is garbled; line breaks become blanks.
    pub(super) fn free_text(&mut self, column: Column) -> Option<String> {
        let cell = self.optional(column)?;
        let max = longest(column);
        let text = normal::plain(cell.text).replace('\n', " ");
        if text.contains(['\u{fffd}', '\u{fffe}']) {
            self.fault(column, &text, text!("有显示不出来的字"), text!("删去后重新填写"));
        } else if text.chars().count() > max {
            self.fault(column, &text, text!("超过 {max} 个字", max = max), text!("缩短内容"));
        } else {
            return Some(text).filter(|text| !text.is_empty());
        }
        None
    }
}

const fn longest(column: Column) -> usize {
    match column {
        Column::Address | Column::HukouAddress => 200,
        Column::ContactRelation => 20,
        _ => 1_000,
    }
}

fn may_stand(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '·' | ' ' | '.' | '-' | '\'')
}
