//! One person typed into a form instead of a sheet: the same checks, so that both say the same of the same mistake.

use std::collections::BTreeMap;

use kernel::Result;

use super::{
    columns::Column,
    header::{Header, Mapping},
    record::{Form, Row},
    row::{Checked, Rules, check},
};

/// The longest text of a field, in characters.
const LONGEST: usize = 500;

/// Checks what was typed; a column that is absent was left empty.
///
/// # Errors
/// Never in practice: the columns are those of the template.
pub fn check_typed(cells: &BTreeMap<Column, String>, rules: &Rules<'_>) -> Result<Checked> {
    let (mut head, mut row) = (Row::default(), Row::default());
    head.start(1);
    row.start(2);
    for column in Column::ALL {
        head.push(column.word(), Form::Text, LONGEST);
        row.push(cells.get(&column).map_or("", String::as_str), Form::Text, LONGEST);
    }
    Ok(check(&row, &Header::find(&[head], &Mapping::new())?, rules))
}
