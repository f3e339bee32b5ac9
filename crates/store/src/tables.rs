//! How each table is spread over the nodes of a Citus cluster, and the lint that holds the schema to it.

/// The class of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// D: distributed by `home`; the primary key and every unique index start with it.
    Distributed,
    /// P: distributed by its own key (people's directory, accounts, sessions).
    Own,
    /// R: a copy on each node; at most 200,000 rows and rare writes.
    Reference,
    /// L: on this node only.
    Local,
}

/// A table and its class, as a module declares it.
pub type Declared = (&'static str, Class);

/// The tables of this crate.
pub const TABLES: &[Declared] = &[
    ("migrations", Class::Local),
    ("journal_heads", Class::Distributed),
    ("journal", Class::Distributed),
    ("cursors", Class::Distributed),
    ("leases", Class::Local),
    ("homes", Class::Reference),
    ("person_homes", Class::Own),
    ("grants", Class::Distributed),
    ("clocks", Class::Distributed),
    ("jobs", Class::Local),
    ("rulebooks", Class::Reference),
    ("accesses", Class::Distributed),
    ("counters", Class::Distributed),
    ("files", Class::Distributed),
    ("resting_indexes", Class::Local),
    ("key_store", Class::Local),
    ("marks", Class::Local),
];

/// A table with a column `place`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its name.
    pub name: &'static str,
    /// The column after `home` in its primary key; none when it is not spread by home.
    pub key_in_home: Option<&'static str>,
}

/// The tables with a column `place`, as the migrations make them.
#[must_use]
pub fn with_place() -> Vec<Placed> {
    let statements = crate::migrate::all().into_iter().flat_map(crate::migrate::Migration::statements);
    statements.filter_map(placed).collect()
}

fn placed(statement: &'static str) -> Option<Placed> {
    let (_, table) = statement.split_once("CREATE TABLE ")?;
    let (name, columns) = table.split_once(" (")?;
    columns.lines().any(|line| line.trim().starts_with("place bigint")).then_some(())?;
    let key = columns.split_once("PRIMARY KEY (home, ").and_then(|(_, key)| key.split([',', ')']).next());
    Some(Placed { name, key_in_home: key })
}

/// What the migrations and the declarations disagree on, one sentence each; empty when the schema is sound.
#[must_use]
pub fn lint(declared: &[Declared]) -> Vec<String> {
    let statements: Vec<String> = crate::migrate::all().iter().flat_map(|m| m.statements()).map(flatten).collect();
    let mut faults = Vec::new();
    let mut seen = vec!["migrations".to_owned()];
    for statement in &statements {
        if let Some(rest) = statement.strip_prefix("create table ") {
            let (name, columns) = rest.split_once(" (").unwrap_or((rest, ""));
            seen.push(name.to_owned());
            faults.extend(lint_table(name, columns, declared));
        } else if let Some(rest) = statement.strip_prefix("create unique index ") {
            faults.extend(lint_unique(rest, declared));
        }
        faults.extend(forbidden(statement));
    }
    for (name, _) in declared {
        if !seen.iter().any(|s| s == name) {
            faults.push(format!("{name} is declared but no migration makes it"));
        }
        if declared.iter().filter(|(other, _)| other == name).count() > 1 {
            faults.push(format!("{name} is declared twice"));
        }
    }
    faults
}

/// A statement in one line and lower case, without comments.
fn flatten(statement: &str) -> String {
    let lines = statement.lines().filter(|line| !line.trim_start().starts_with("--"));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ").to_lowercase()
}

fn lint_table(name: &str, columns: &str, declared: &[Declared]) -> Option<String> {
    let Some((_, class)) = declared.iter().find(|(declared, _)| *declared == name) else {
        return Some(format!("{name} has no class"));
    };
    let starts_with_home =
        columns.contains("primary key (home") || columns.contains("home integer not null primary key");
    (*class == Class::Distributed && !starts_with_home)
        .then(|| format!("{name} is distributed, so its primary key starts with home"))
}

fn lint_unique(index: &str, declared: &[Declared]) -> Option<String> {
    let (name, rest) = index.split_once(" on ")?;
    let (table, columns) = rest.split_once(" (")?;
    let distributed = declared.contains(&(declared.iter().find(|(d, _)| *d == table)?.0, Class::Distributed));
    (distributed && !columns.starts_with("home"))
        .then(|| format!("{name} is a unique index of a distributed table, so it starts with home"))
}

/// What one of the engines, or Citus, does not take.
fn forbidden(statement: &str) -> Vec<String> {
    const WORDS: [&str; 10] = [
        " serial",
        "identity",
        "now()",
        " numeric",
        "trigger",
        " enum",
        "autoincrement",
        " references ",
        "[]",
        " varchar",
    ];
    WORDS
        .iter()
        .filter(|word| statement.contains(**word))
        .map(|word| format!("“{}” in: {:.60}", word.trim(), statement))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unclassed_table_and_a_key_without_home_are_found() {
        assert!(lint(&[]).iter().any(|fault| fault.contains("journal has no class")));
        let wrong = [("person_homes", Class::Distributed)];
        assert!(lint(&wrong).iter().any(|fault| fault.contains("person_homes is distributed")));
        let gone = [("nowhere", Class::Local)];
        assert!(lint(&gone).iter().any(|fault| fault.contains("no migration makes it")));
    }
}
