//! Gathers the cells of a worksheet into rows, in which they must stand in order, and lets merged cells hold for all
//! their rows.

use super::{
    Limits, Refusal,
    delimited::Stop,
    layout::Merge,
    record::{Form, Row},
    workbook::Sink,
};

/// The row that is being gathered.
pub(super) struct Rows<'a> {
    limits: &'a Limits,
    row: Row,
    /// Merges whose first row is still to come, the next one last.
    merges: Vec<Merge>,
    /// Merges that hold: their last row, their column, what stands there.
    holding: Vec<(u32, u32, String, Form)>,
    /// Hidden rows that are still to come, the next one last.
    hidden: Vec<u32>,
    /// Rows with content of the whole workbook.
    filled: &'a mut u32,
}

impl<'a> Rows<'a> {
    pub(super) fn new(limits: &'a Limits, mut merges: Vec<Merge>, mut hidden: Vec<u32>, filled: &'a mut u32) -> Self {
        merges.reverse();
        hidden.reverse();
        Self { limits, row: Row::default(), merges, holding: Vec::new(), hidden, filled }
    }

    /// Takes the next cell, its row and column from 0; false when the worksheet is too wide to be read on.
    pub(super) fn cell(
        &mut self,
        (row, column): (u32, u32),
        text: &str,
        form: Form,
        sink: &mut impl Sink,
    ) -> Result<bool, Stop> {
        if text.trim().is_empty() && form != Form::Pending {
            return Ok(true);
        }
        let number = row.saturating_add(1);
        if column >= self.limits.columns {
            self.flush(sink)?;
            sink.wide(number).map_err(Stop::Io)?;
            return Ok(false);
        }
        if number != self.row.number() {
            self.flush(sink)?;
            if number < self.row.number() {
                return Err(Refusal::Damaged.into());
            }
            self.row.start(number);
        }
        if self.row.width() > column as usize {
            return Err(Refusal::Damaged.into());
        }
        while self.row.width() < column as usize {
            self.row.push("", Form::Text, 1);
        }
        self.row.push(text, form, self.limits.cell_chars as usize);
        Ok(true)
    }

    /// The worksheet has no more cells.
    pub(super) fn end(mut self, sink: &mut impl Sink) -> Result<(), Stop> {
        self.flush(sink)
    }

    fn flush(&mut self, sink: &mut impl Sink) -> Result<(), Stop> {
        let number = self.row.number();
        if self.row.width() == 0 {
            return Ok(());
        }
        *self.filled += 1;
        if *self.filled > self.limits.rows {
            return Err(Refusal::TooManyRows { max: self.limits.rows }.into());
        }
        self.fill();
        while self.hidden.last().is_some_and(|hidden| *hidden < number) {
            self.hidden.pop();
        }
        self.row.set_hidden(self.hidden.last() == Some(&number));
        sink.row(&self.row).map_err(Stop::Io)?;
        let last = std::mem::take(&mut self.row);
        self.row.start(last.number());
        Ok(())
    }

    /// Puts what merged cells hold into the row, and keeps what begins to hold in it.
    fn fill(&mut self) {
        let number = self.row.number();
        self.holding.retain(|(last, ..)| *last >= number);
        if !self.holding.is_empty() {
            let cap = self.limits.cell_chars as usize;
            self.row = self
                .row
                .filled(self.holding.iter().map(|(_, at, text, form)| (*at as usize, text.as_str(), *form)), cap);
        }
        while let Some(merge) = self.merges.last().copied().filter(|merge| merge.first <= number) {
            self.merges.pop();
            let cell = self.row.cell(merge.column as usize);
            if merge.first == number && self.row.holds(merge.column as usize) {
                self.holding.push((merge.last, merge.column, cell.text.to_owned(), cell.form));
            }
        }
    }
}
