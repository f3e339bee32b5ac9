//! One row of a sheet as it was read, before anybody asks what it means.

use crate::normal;

/// What kind of cell the text came from; it decides which repairs are safe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Text.
    #[default]
    Text,
    /// A number of a spreadsheet; from 15 digits on in scientific notation, since further digits are lost.
    Number,
    /// A date cell of a spreadsheet, as `2026-11-21`.
    Date,
    /// A formula that failed, such as `#N/A`.
    Failed,
    /// A text longer than the cap; the rest is cut off.
    Cut,
    /// A text with bytes that its encoding does not have.
    Garbled,
    /// A formula that no spreadsheet program has worked out.
    Pending,
}

impl Form {
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Text => 0,
            Self::Number => 1,
            Self::Date => 2,
            Self::Failed => 3,
            Self::Cut => 4,
            Self::Garbled => 5,
            Self::Pending => 6,
        }
    }

    pub(super) const fn of(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Text,
            1 => Self::Number,
            2 => Self::Date,
            3 => Self::Failed,
            4 => Self::Cut,
            5 => Self::Garbled,
            6 => Self::Pending,
            _ => return None,
        })
    }
}

/// One cell: its text without blanks around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The text.
    pub text: &'a str,
    /// Where it came from.
    pub form: Form,
}

/// One row: its number as people see it in the sheet (from 1) and its cells. All texts lie in one buffer, so that a
/// row is read again and again without allocating.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    number: u32,
    text: String,
    cells: Vec<(u32, Form)>,
    is_hidden: bool,
}

impl Row {
    /// The row's number in the sheet, from 1.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// Number of cells up to the last one that was there.
    #[must_use]
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    /// The cell of a column (from 0); an empty text where there is none.
    #[must_use]
    pub fn cell(&self, column: usize) -> Cell<'_> {
        let Some(&(end, form)) = self.cells.get(column) else {
            return Cell { text: "", form: Form::Text };
        };
        let start = if column == 0 { 0 } else { self.cells[column - 1].0 };
        Cell { text: trim(&self.text[start as usize..end as usize]), form }
    }

    /// Whether no cell holds anything.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        trim(&self.text).is_empty() && self.cells.iter().all(|(_, form)| *form != Form::Pending)
    }

    /// Whether a cell holds anything, if only a formula without a result.
    #[must_use]
    pub fn holds(&self, column: usize) -> bool {
        let cell = self.cell(column);
        !cell.text.is_empty() || cell.form == Form::Pending
    }

    /// Whether people do not see the row in their spreadsheet.
    #[must_use]
    pub const fn is_hidden(&self) -> bool {
        self.is_hidden
    }

    pub(super) const fn set_hidden(&mut self, is_hidden: bool) {
        self.is_hidden = is_hidden;
    }

    /// The row with what merged cells hold, where it holds nothing of its own.
    pub(super) fn filled<'a>(&self, held: impl Iterator<Item = (usize, &'a str, Form)> + Clone, cap: usize) -> Self {
        let mut row = Self { number: self.number, is_hidden: self.is_hidden, ..Self::default() };
        let width = held.clone().map(|(at, ..)| at + 1).max().unwrap_or(0).max(self.width());
        let own: Vec<_> = self.raw().collect();
        for at in 0..width {
            match (self.holds(at), held.clone().find(|(column, ..)| *column == at)) {
                (false, Some((_, text, form))) => row.push(text, form, cap),
                _ => match own.get(at) {
                    Some((text, form)) => row.push(text, *form, cap),
                    None => row.push("", Form::Text, 1),
                },
            }
        }
        row
    }

    /// Begins a row anew.
    pub(super) fn start(&mut self, number: u32) {
        self.number = number;
        self.is_hidden = false;
        self.text.clear();
        self.cells.clear();
    }

    /// Appends a cell without what nobody sees; a text longer than `cap` characters is cut.
    pub(super) fn push(&mut self, text: &str, form: Form, cap: usize) {
        let text = &*normal::visible(text);
        let cut = if text.len() > cap { text.char_indices().nth(cap).map(|(at, _)| at) } else { None };
        self.text.push_str(&text[..cut.unwrap_or(text.len())]);
        self.cells.push((self.text.len() as u32, if cut.is_some() { Form::Cut } else { form }));
    }

    /// The cells as they were pushed, blanks included.
    pub(super) fn raw(&self) -> impl Iterator<Item = (&str, Form)> {
        let mut start = 0;
        self.cells.iter().map(move |&(end, form)| {
            let text = &self.text[start..end as usize];
            start = end as usize;
            (text, form)
        })
    }
}

/// Strips all that looks like nothing: blanks of any width, byte order marks, and what marks a text in other programs'
/// exports: an apostrophe before it, or `="…"` around it.
fn trim(text: &str) -> &str {
    const fn nothing(c: char) -> bool {
        matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{a0}' | '\u{3000}' | '\u{feff}' | '\u{200b}'..='\u{200f}')
    }
    let text = text.trim_matches(nothing);
    let bare = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).filter(|rest| !rest.contains('"'));
    bare.or_else(|| text.strip_prefix('\'')).map_or(text, |rest| rest.trim_matches(nothing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_gives_back_its_cells_without_what_looks_like_nothing() {
        let mut row = Row::default();
        row.start(7);
        for text in [" 张三\u{3000}", "", "'411002", "=\"411002\"", "=A1&\"x\""] {
            row.push(text, Form::Text, 20);
        }
        assert_eq!((row.number(), row.width(), row.is_blank()), (7, 5, false));
        assert_eq!([0, 1, 2, 3, 9].map(|at| row.cell(at).text), ["张三", "", "411002", "411002", ""]);
        assert_eq!(row.cell(4).text, "=A1&\"x\"");
    }

    #[test]
    fn a_text_longer_than_the_cap_is_cut_at_a_character() {
        let mut row = Row::default();
        row.start(1);
        row.push("老老老老", Form::Text, 3);
        row.push("老老老", Form::Text, 3);
        assert_eq!(row.cell(0), Cell { text: "老老老", form: Form::Cut });
        assert_eq!(row.cell(1).form, Form::Text);
    }
}
