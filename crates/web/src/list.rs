//! The list kit: one row of filters, a table with sortable heads, chips, keyset paging, column choice, export, and a
//! sentence with an action when nothing is found. Rows are templates of the page; the kit draws what surrounds them.

use askama::{FastWritable, Template, filters::HtmlSafe};
use kernel::Text;

use crate::{
    filters,
    form::Field,
    head::Label,
    query::{Cursor, ListQuery, Place},
};

/// How many there are; nobody counts beyond a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// So many.
    Exact(u64),
    /// So many or more, shown as 10,000+.
    AtLeast(u64),
}

impl Count {
    /// A count that stopped at `cap` when it reached it.
    #[must_use]
    pub const fn capped(counted: u64, cap: u64) -> Self {
        if counted >= cap { Self::AtLeast(cap) } else { Self::Exact(counted) }
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exact(n) => f.write_str(&filters::thousands(&n.to_string())),
            Self::AtLeast(n) => write!(f, "{}+", filters::thousands(&n.to_string())),
        }
    }
}

/// One column's head.
#[derive(Clone, Debug)]
pub struct Column {
    /// Key in the address.
    pub key: &'static str,
    /// Words.
    pub title: Text,
    /// Numbers stand right.
    pub numeric: bool,
    /// May be sorted: only where an index or at most 10,000 rows stand behind it.
    pub sortable: bool,
    /// Cannot be hidden.
    pub fixed: bool,
}

impl Column {
    /// A column that can be hidden and not be sorted.
    #[must_use]
    pub const fn new(key: &'static str, title: Text) -> Self {
        Self { key, title, numeric: false, sortable: false, fixed: false }
    }

    /// With a sort link.
    #[must_use]
    pub const fn sortable(mut self) -> Self {
        self.sortable = true;
        self
    }

    /// Right-aligned.
    #[must_use]
    pub const fn numeric(mut self) -> Self {
        self.numeric = true;
        self
    }

    /// Always there.
    #[must_use]
    pub const fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }
}

/// A filter that is on, in words, and which value of which parameter takes it off.
#[derive(Clone, Debug)]
pub struct Chip {
    /// Words: 标签含：独居.
    pub label: Label,
    /// The parameter.
    pub name: &'static str,
}

/// A saved view: a tab above the list.
#[derive(Clone, Debug)]
pub struct SavedView {
    /// Words.
    pub label: Label,
    /// Address.
    pub href: String,
    /// How many it holds.
    pub count: Option<Count>,
    /// It is the one shown.
    pub current: bool,
}

/// What is said when nothing is found: a sentence why, and one action.
#[derive(Clone, Debug)]
pub struct Empty {
    /// Why.
    pub text: Text,
    /// Words of the action.
    pub act: Text,
    /// Its address.
    pub href: String,
}

/// What can be done to chosen rows.
#[derive(Clone, Debug)]
pub struct BulkAct {
    /// Words.
    pub text: Text,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// The page that is told the chosen rows, each as `pick`: a download, or a form that asks before anything happens.
    pub action: &'static str,
    /// It is a download.
    pub download: bool,
}

/// A list page's middle. `R` draws one `<tr>`: `#[derive(Template)] struct Row {..} impl HtmlSafe for Row {}`.
#[derive(Debug, Template)]
#[template(path = "kit/list.html")]
pub struct ListView<R: FastWritable + HtmlSafe> {
    /// Id of the section; htmx swaps it.
    pub id: &'static str,
    /// What the table shows, for screen readers.
    pub caption: Text,
    /// Heads, in the order of the rows' cells.
    pub columns: Vec<Column>,
    /// One page of rows.
    pub rows: Vec<R>,
    /// The address.
    pub query: ListQuery,
    /// The whole result in a sentence: `text!("共 {n} 人", n = count)`.
    pub total: Text,
    /// First and last name of this page.
    pub span: Option<(String, String)>,
    /// The cursor of the last row, when rows follow.
    pub next: Option<Cursor>,
    /// The cursor of the first row, when rows precede.
    pub previous: Option<Cursor>,
    /// Tabs above.
    pub views: Vec<SavedView>,
    /// Words of the field 在结果中查找 (parameter `q`).
    pub find: Option<Text>,
    /// Filters that are on.
    pub chips: Vec<Chip>,
    /// 更多筛选.
    pub filters: Vec<Field>,
    /// What is said when nothing is found.
    pub empty: Empty,
    /// Where the export of this result is.
    pub export: Option<&'static str>,
    /// What can be done to chosen rows; rows then begin with
    /// `<input class="ck pick" type="checkbox" name="pick" form="<id>-bulk" …>`.
    pub bulk: Vec<BulkAct>,
    /// The topic that refreshes the list.
    pub live: Option<&'static str>,
}

impl<R: FastWritable + HtmlSafe> HtmlSafe for ListView<R> {}

impl<R: FastWritable + HtmlSafe> ListView<R> {
    /// A list without its extras.
    #[must_use]
    pub fn new(id: &'static str, caption: Text, query: ListQuery, columns: Vec<Column>, empty: Empty) -> Self {
        Self {
            id,
            caption,
            columns,
            rows: Vec::new(),
            query,
            total: kernel::text!("共 {n} 条", n = 0),
            span: None,
            next: None,
            previous: None,
            views: Vec::new(),
            find: None,
            chips: Vec::new(),
            filters: Vec::new(),
            empty,
            export: None,
            bulk: Vec::new(),
            live: None,
        }
    }

    /// The parameters that the find field and the filters set themselves.
    fn inputs(&self) -> Vec<&'static str> {
        self.filters.iter().map(|field| field.name).collect()
    }

    fn carried_by_find(&self) -> Vec<(String, String)> {
        self.query.carried(&["q"])
    }

    fn carried_by_filters(&self) -> Vec<(String, String)> {
        self.query.carried(&self.inputs())
    }

    fn carried_by_size(&self) -> Vec<(String, String)> {
        self.query.carried(&["size"])
    }

    fn without(&self, chip: &Chip) -> String {
        self.query.without(&[chip.name]).href()
    }

    fn unfiltered(&self) -> String {
        self.query.without(&self.inputs()).href()
    }

    fn first_page(&self) -> String {
        self.query.without(&[]).href()
    }

    fn sizes(&self) -> [(u64, bool); 3] {
        [25, 50, 100].map(|size| (size, size == self.query.size()))
    }

    fn hidden(&self, column: &Column) -> bool {
        !column.fixed && self.query.all("hide").any(|key| key == column.key)
    }

    /// Classes that hide cells by their position: the rows need not know.
    fn hiding(&self) -> String {
        let shift = if self.bulk.is_empty() { 1 } else { 2 };
        let hidden = self.columns.iter().enumerate().filter(|(_, column)| self.hidden(column));
        hidden.map(|(at, _)| format!(" hide-{}", at + shift)).collect()
    }

    fn shown(&self) -> usize {
        self.columns.iter().filter(|column| !self.hidden(column)).count()
    }

    fn toggled(&self, column: &Column) -> String {
        if self.hidden(column) {
            self.query.without_value("hide", column.key).href()
        } else {
            let mut next = self.query.href();
            next.push(if next.contains('?') { '&' } else { '?' });
            next + "hide=" + column.key
        }
    }

    /// The direction of the arrow, and where a press leads: up, down, up …
    fn sort(&self, column: &Column) -> (Option<bool>, String) {
        let now = self.query.sorting().filter(|sorting| sorting.column == column.key).map(|sorting| sorting.down);
        let key = if now == Some(false) { format!("-{}", column.key) } else { column.key.to_owned() };
        (now, self.query.with("sort", &key).href())
    }

    fn page_after(&self) -> Option<String> {
        self.next.clone().map(|cursor| self.query.turned(&Place::After(cursor)))
    }

    fn page_before(&self) -> Option<String> {
        self.previous.clone().map(|cursor| self.query.turned(&Place::Before(cursor)))
    }

    fn is_dense(&self) -> bool {
        self.query.get("rows") == Some("dense")
    }

    fn density(&self) -> String {
        if self.is_dense() { self.query.without(&["rows"]).href() } else { self.query.with("rows", "dense").href() }
    }
}
