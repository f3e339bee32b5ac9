//! Rows as PostgreSQL's arrays, one for each column, written as text: it reads nulls, and the server parses one value
//! where it would parse thousands of placeholders.

use std::fmt::Write as _;

use sea_orm::{DbBackend, Statement, Value};

use super::Into;

/// `INSERT INTO t (same, a, b) SELECT $1::date, u.* FROM unnest($2::integer[], $3::text[]) AS u`.
pub(super) fn statement<const N: usize, const M: usize>(
    into: &Into<N>,
    (alike, values): (&[&str; M], [Value; M]),
    rows: impl Iterator<Item = [Value; N]>,
) -> Statement {
    let mut kinds = ["text"; N];
    let mut arrays: [String; N] = std::array::from_fn(|_| String::from("{"));
    for (at, row) in rows.enumerate() {
        if at == 0 {
            kinds = row.each_ref().map(kind);
        }
        for (array, value) in arrays.iter_mut().zip(&row) {
            if at > 0 {
                array.push(',');
            }
            push(array, value);
        }
    }
    let columns: Vec<_> = alike.iter().chain(&into.columns).copied().collect();
    let scalars = (1..).zip(&values).map(|(at, value)| format!("${at}::{}", kind(value)));
    let selected: Vec<_> = scalars.chain(["u.*".to_owned()]).collect();
    let unnested: Vec<_> = (M + 1..).zip(kinds).map(|(at, kind)| format!("${at}::{kind}[]")).collect();
    let sql = format!(
        "INSERT INTO {} ({}) SELECT {} FROM unnest({}) AS u{}",
        into.table,
        columns.join(", "),
        selected.join(", "),
        unnested.join(", "),
        into.conflict
    );
    let arrays = arrays.map(|mut array| {
        array.push('}');
        Value::from(array)
    });
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values.into_iter().chain(arrays))
}

/// The type of a value's column; an absent value knows it, too.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "boolean",
        Value::SmallInt(_) => "smallint",
        Value::Int(_) => "integer",
        Value::BigInt(_) => "bigint",
        Value::Double(_) => "double precision",
        Value::Uuid(_) => "uuid",
        Value::Bytes(_) => "bytea",
        Value::ChronoDate(_) => "date",
        Value::ChronoDateTimeUtc(_) => "timestamptz",
        Value::String(_) => "text",
        other => unreachable!("no column holds {other:?}"),
    }
}

/// Writes one element of an array.
fn push(array: &mut String, value: &Value) {
    let written = match value {
        Value::Bool(Some(value)) => write!(array, "{value}"),
        Value::SmallInt(Some(value)) => write!(array, "{value}"),
        Value::Int(Some(value)) => write!(array, "{value}"),
        Value::BigInt(Some(value)) => write!(array, "{value}"),
        Value::Double(Some(value)) => write!(array, "{value}"),
        Value::Uuid(Some(value)) => write!(array, "{value}"),
        Value::ChronoDate(Some(value)) => write!(array, "{value}"),
        Value::ChronoDateTimeUtc(Some(value)) => write!(array, "{}", value.format("\"%Y-%m-%d %H:%M:%S%.6fZ\"")),
        Value::Bytes(Some(bytes)) => {
            array.push_str("\"\\\\x");
            data_encoding::HEXLOWER.encode_append(bytes, array);
            array.push('"');
            Ok(())
        }
        Value::String(Some(text)) => {
            quote(array, text);
            Ok(())
        }
        _ => array.write_str("NULL"),
    };
    debug_assert!(written.is_ok(), "a string takes everything");
}

fn quote(array: &mut String, text: &str) {
    array.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            array.push('\\');
        }
        array.push(c);
    }
    array.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(values: &[Value]) -> String {
        let mut array = String::new();
        for value in values {
            push(&mut array, value);
            array.push(',');
        }
        array
    }

    #[test]
    fn quotes_backslashes_and_nulls_are_told_apart() {
        let texts = ["a\"b\\c", "NULL", "", "{,}"].map(Value::from);
        assert_eq!(array(&texts), r#""a\"b\\c","NULL","","{,}","#);
        assert_eq!(array(&[Value::String(None), Value::Bytes(None)]), "NULL,NULL,");
        assert_eq!(array(&[vec![0_u8, 255].into()]), r#""\\x00ff","#);
    }

    #[test]
    fn one_array_for_each_column() {
        let rows = vec![[1_i32.into(), Value::String(None)], [2_i32.into(), "x".into()]];
        let into = Into::new("t", ["a", "b"]).or_skip();
        let statement = statement(&into, (&["since"], ["2026-11-22".into()]), rows.into_iter());
        assert_eq!(
            statement.sql,
            "INSERT INTO t (since, a, b) SELECT $1::text, u.* FROM unnest($2::integer[], $3::text[]) AS u ON CONFLICT DO NOTHING"
        );
        assert_eq!(statement.values.unwrap().0, ["2026-11-22", "{1,2}", "{NULL,\"x\"}"].map(Value::from));
    }
}
