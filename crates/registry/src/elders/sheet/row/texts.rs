//! Names and free texts.

use kernel::text;

use super::{Column, Reading};

/// Longest name of a person, in characters: the longest registered names of minorities and foreigners are near 30.
const NAME: usize = 40;

impl Reading<'_> {
    /// A person's name: letters of any script, a middle dot between parts; blanks only between parts in Latin letters.
    pub(super) fn name(&mut self, column: Column) -> Option<String> {
        let cell = self.required(column)?;
        let name = normal(cell.text);
        let (reason, cure) = if let Some(odd) = name.chars().find(|c| !may_stand(*c)) {
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
        self.fault(column, cell.text, reason, cure);
        None
    }

    /// A text in which anything may stand but control characters; line breaks become blanks.
    pub(super) fn free_text(&mut self, column: Column) -> Option<String> {
        let cell = self.optional(column)?;
        let max = longest(column);
        let text: String = cell.text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }).collect();
        if text.chars().any(is_unprintable) {
            self.fault(column, &text, text!("有看不见的控制字符"), text!("删去后重新填写"));
        } else if text.chars().count() > max {
            self.fault(column, &text, text!("超过 {max} 个字", max = max), text!("缩短内容"));
        } else {
            return Some(text);
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

/// Control characters, and marks that turn the direction of what follows.
fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffd}' | '\u{fffe}')
}

fn may_stand(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '·' | ' ' | '.' | '-' | '\'')
}

/// One middle dot for all its forms; no blanks beside Chinese characters, one elsewhere.
fn normal(text: &str) -> String {
    let mut name = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars() {
        let c = match c {
            '•' | '・' | '‧' | '∙' | '⋅' | '．' | '●' => '·',
            '’' | '‘' => '\'',
            c => c,
        };
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && c.is_ascii_alphabetic() && name.ends_with(|last: char| last.is_ascii_alphabetic() || last == '.') {
            name.push(' ');
        }
        blank = false;
        name.push(c);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_inside_a_chinese_name_vanish_and_middle_dots_become_one() {
        for (written, name) in [
            ("张 三", "张三"),
            ("张\u{3000}\u{3000}三", "张三"),
            ("买买提•艾力", "买买提·艾力"),
            ("阿依古丽 · 买买提", "阿依古丽·买买提"),
            ("John  A. Smith", "John A. Smith"),
            ("O’Brien", "O'Brien"),
        ] {
            assert_eq!(normal(written), name);
        }
    }
}
