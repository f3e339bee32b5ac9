//! Where the columns of one sheet stand: the search for its header, which may have several rows, groups over names, and
//! names that an office has told apart once.
//!
//! ```text
//! 序号 │ 姓名 │ 身份证号 │    紧急联系人    │ 备注      each column: the texts of its rows from top to bottom;
//!      │      │          │ 姓名 │电话│ 关系 │           what stands above names without a text below it
//! ```

use std::collections::BTreeMap;

use super::{
    Refusal,
    columns::{Column, bare},
    record::Row,
};
use crate::elders::vocabulary::Tag;

/// How many rows may stand above the header, the header included: titles, dates, the name of the office.
pub const HEADER_WITHIN: usize = 10;
/// Rows of one header at most.
const DEPTH: usize = 3;
/// Longest heading that is shown.
const SHOWN: usize = 30;

/// What an office said its own headings mean: none leaves a column out.
pub type Mapping = BTreeMap<String, Option<Column>>;

/// The heading as a [`Mapping`] knows it.
#[must_use]
pub fn known_as(heading: &str) -> String {
    bare(heading)
}

/// What a column's heading means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    Column(Column),
    /// Yes or no: whether a trait is there.
    Flag(Tag),
    /// The last column of an error list.
    Note,
    /// Left out on purpose.
    Left,
    Unknown,
}

/// How many columns some rows name, what each of them means, and the number of the last of them.
type Guess = (usize, Vec<(String, Meaning)>, u32);

/// Where the columns of one sheet stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    row: u32,
    at: [Option<u16>; Column::EVERY.len()],
    flags: Vec<(u16, Tag)>,
    headings: Vec<String>,
    unknown: Vec<String>,
}

impl Header {
    /// Finds the header among the first rows of a sheet: the rows, at most three, that name the most columns.
    ///
    /// # Errors
    /// [`Refusal::NoHeader`], [`Refusal::DuplicateColumns`].
    pub fn find(head: &[Row], mapping: &Mapping) -> Result<Self, Refusal> {
        let mut best: Option<Guess> = None;
        let rows = &head[..head.len().min(HEADER_WITHIN)];
        for depth in 1..=DEPTH {
            for block in rows.windows(depth) {
                let meanings = meanings(block, mapping);
                let score = score(&meanings);
                if best.as_ref().is_none_or(|(most, ..)| score > *most) {
                    best = Some((score, meanings, block.last().map_or(0, Row::number)));
                }
            }
        }
        let Some((_, meanings, row)) = best.filter(|(score, ..)| *score >= 2) else {
            return Err(if head.is_empty() { Refusal::Empty } else { Refusal::NoHeader { rows: HEADER_WITHIN } });
        };
        Self::of(row, meanings)
    }

    /// No header at all.
    pub(super) const fn none() -> Self {
        Self { row: 0, at: [None; Column::EVERY.len()], flags: Vec::new(), headings: Vec::new(), unknown: Vec::new() }
    }

    /// The headings of the row that looks most like a header, where none is known to be one.
    pub(super) fn guess(head: &[Row]) -> Vec<String> {
        let texts = |row: &Row| -> Vec<String> {
            let cells = (0..row.width()).map(|at| row.cell(at).text);
            let worded = cells.filter(|text| text.chars().any(char::is_alphabetic) && text.chars().count() <= SHOWN);
            worded.map(short).collect()
        };
        let known = |row: &Row| Self::known(row);
        let best = head.iter().take(HEADER_WITHIN).rev().max_by_key(|row| (known(row), texts(row).len()));
        best.map(texts).unwrap_or_default()
    }

    /// How many cells of a row name a column.
    #[must_use]
    pub fn known(row: &Row) -> usize {
        (0..row.width()).filter(|&at| Column::read(row.cell(at).text).is_some()).count()
    }

    fn of(row: u32, meanings: Vec<(String, Meaning)>) -> Result<Self, Refusal> {
        let mut header =
            Self { row, at: Default::default(), flags: Vec::new(), headings: Vec::new(), unknown: Vec::new() };
        let mut doubled = Vec::new();
        let mut before = None;
        for (at, (heading, meaning)) in meanings.into_iter().enumerate() {
            let meaning = header.sided(meaning, before);
            match meaning {
                Meaning::Column(column) if header.has(column) => doubled.push(column),
                Meaning::Column(column) => header.at[column as usize] = Some(at as u16),
                Meaning::Flag(tag) => header.flags.push((at as u16, tag)),
                Meaning::Unknown if !heading.is_empty() => header.unknown.push(short(&heading)),
                Meaning::Unknown | Meaning::Left | Meaning::Note => {}
            }
            if !heading.is_empty() {
                before = Some(meaning);
            }
            header.headings.push(heading);
        }
        while header.headings.last().is_some_and(String::is_empty) {
            header.headings.pop();
        }
        doubled.dedup();
        if doubled.is_empty() { Ok(header) } else { Err(Refusal::DuplicateColumns { columns: join(&doubled) }) }
    }

    /// 联系电话 once more, right behind the contact's name or relation, is the contact's.
    fn sided(&self, meaning: Meaning, before: Option<Meaning>) -> Meaning {
        let of_contact = matches!(before, Some(Meaning::Column(Column::Contact | Column::ContactRelation)));
        match meaning {
            Meaning::Column(Column::Mobile)
                if of_contact && self.has(Column::Mobile) && !self.has(Column::ContactPhone) =>
            {
                Meaning::Column(Column::ContactPhone)
            }
            meaning => meaning,
        }
    }

    /// The mandatory columns that are not there. `has_place`: where everybody lives is known otherwise.
    #[must_use]
    pub fn missing(&self, has_place: bool) -> Option<Refusal> {
        let by_name = self.has(Column::Town) || self.has(Column::Village);
        let is_missing = |column: &Column| {
            column.is_mandatory() && !self.has(*column) && !(*column == Column::Place && (has_place || by_name))
        };
        let missing: Vec<_> = Column::ALL.into_iter().filter(is_missing).collect();
        (!missing.is_empty()).then(|| Refusal::MissingColumns { columns: join(&missing) })
    }

    /// The number of the header's last row.
    #[must_use]
    pub const fn row(&self) -> u32 {
        self.row
    }

    /// Whether the sheet has this column. What an absent column would say stays as it is on an update.
    #[must_use]
    pub const fn has(&self, column: Column) -> bool {
        self.at[column as usize].is_some()
    }

    /// Names of columns that nobody knows; their content is not read.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// The headings of all columns, groups before names.
    #[must_use]
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// The heading of a column, from 0.
    #[must_use]
    pub fn heading(&self, at: usize) -> &str {
        self.headings.get(at).map_or("", String::as_str)
    }

    /// Columns of yes and no, and the trait that each asks for.
    pub fn flags(&self) -> impl Iterator<Item = (usize, Tag)> + '_ {
        self.flags.iter().map(|(at, tag)| (usize::from(*at), *tag))
    }

    /// The columns of the sheet in the order in which they stand there.
    #[must_use]
    pub fn order(&self) -> Vec<Column> {
        let mut order: Vec<_> = Column::EVERY.into_iter().filter(|c| self.has(*c)).collect();
        order.sort_by_key(|c| self.at[*c as usize]);
        order
    }

    /// Where a column stands, from 0.
    pub(super) const fn position(&self, column: Column) -> Option<usize> {
        match self.at[column as usize] {
            Some(at) => Some(at as usize),
            None => None,
        }
    }

    /// Number of columns up to the last one that has a name.
    pub(super) const fn width(&self) -> usize {
        self.headings.len()
    }
}

fn join(columns: &[Column]) -> String {
    columns.iter().map(|c| c.word()).collect::<Vec<_>>().join("、")
}

fn short(heading: &str) -> String {
    heading.chars().filter(|c| !c.is_control()).take(SHOWN).collect()
}

/// How many different columns are named.
fn score(meanings: &[(String, Meaning)]) -> usize {
    let mut columns: Vec<_> = meanings
        .iter()
        .filter_map(|(_, meaning)| match meaning {
            Meaning::Column(column) => Some(*column as usize),
            Meaning::Flag(tag) => Some(100 + tag.code() as usize),
            Meaning::Note | Meaning::Left | Meaning::Unknown => None,
        })
        .collect();
    columns.sort_unstable();
    columns.dedup();
    columns.len()
}

/// The heading and the meaning of each column of a block of rows.
fn meanings(block: &[Row], mapping: &Mapping) -> Vec<(String, Meaning)> {
    let width = block.iter().map(Row::width).max().unwrap_or(0);
    (0..width)
        .map(|at| {
            let parts = parts(block, at);
            let heading = parts.concat();
            (heading, meaning(&parts, mapping))
        })
        .collect()
}

/// The texts of one column from top to bottom, each once. A group's text stands over its first column only; it holds as
/// far as names without a text of their own above them.
fn parts(block: &[Row], at: usize) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::with_capacity(block.len());
    let named_below = |depth: usize| block[depth + 1..].iter().any(|row| !row.cell(at).text.is_empty());
    for (depth, row) in block.iter().enumerate() {
        let mut text = row.cell(at).text;
        if text.is_empty() && depth + 1 < block.len() && named_below(depth) {
            text = (0..at).rev().map(|at| row.cell(at).text).find(|text| !text.is_empty()).unwrap_or_default();
        }
        if !text.is_empty() && parts.last() != Some(&text) {
            parts.push(text);
        }
    }
    parts
}

fn meaning(parts: &[&str], mapping: &Mapping) -> Meaning {
    let Some((last, groups)) = parts.split_last() else { return Meaning::Unknown };
    let (whole, last) = (bare(&parts.concat()), bare(last));
    for text in [&whole, &last] {
        if let Some(told) = mapping.get(text) {
            return told.map_or(Meaning::Left, Meaning::Column);
        }
    }
    if whole == "哪里不对" || whole == "whatiswrong" {
        return Meaning::Note;
    }
    if let Some(column) = Column::of_bare(&whole) {
        return Meaning::Column(column);
    }
    if let Some(tag) = flag(&whole).or_else(|| flag(&last)) {
        return Meaning::Flag(tag);
    }
    let group: String = groups.iter().map(|group| bare(group)).collect();
    match (of_whom(&group), Column::of_bare(&last)) {
        (_, None) => Meaning::Unknown,
        (Whom::Elder, Some(column)) => Meaning::Column(column),
        (Whom::Contact, Some(column)) => of_contact(column),
        (Whom::Other, Some(Column::Name | Column::Mobile | Column::Landline | Column::CertNumber | Column::Sex)) => {
            Meaning::Unknown
        }
        (Whom::Other, Some(column)) => Meaning::Column(column),
    }
}

/// Whom the names under a group are about.
enum Whom {
    Elder,
    Contact,
    Other,
}

fn of_whom(group: &str) -> Whom {
    const CONTACT: [&str; 9] = ["联系人", "家属", "监护人", "子女", "亲属", "代理人", "配偶", "赡养人", "委托人"];
    const OTHER: [&str; 15] = [
        "护理员",
        "网格员",
        "助老员",
        "填表",
        "填报",
        "负责人",
        "经办",
        "工作人员",
        "服务人员",
        "医生",
        "干部",
        "志愿者",
        "探访",
        "楼长",
        "社工",
    ];
    if CONTACT.iter().any(|word| group.contains(word)) {
        Whom::Contact
    } else if OTHER.iter().any(|word| group.contains(word)) {
        Whom::Other
    } else {
        Whom::Elder
    }
}

/// What a name means under the group of the contact.
fn of_contact(column: Column) -> Meaning {
    match column {
        Column::Name | Column::Contact => Meaning::Column(Column::Contact),
        Column::Mobile | Column::Landline | Column::ContactPhone => Meaning::Column(Column::ContactPhone),
        Column::CertKind | Column::CertNumber | Column::Sex | Column::Birth | Column::Address => Meaning::Unknown,
        column => Meaning::Column(column),
    }
}

/// 是否独居, 低保户（是/否), 独居: a column of yes and no.
fn flag(bare: &str) -> Option<Tag> {
    let asked =
        bare.trim_start_matches("是否").trim_start_matches("有无").trim_start_matches('为').trim_start_matches("属于");
    let asked = asked.trim_end_matches("是否").trim_end_matches("是或否");
    [
        asked,
        asked.trim_end_matches('户'),
        asked.trim_end_matches("人员"),
        asked.trim_end_matches("老人"),
        asked.trim_end_matches("老年人"),
        asked.trim_end_matches("家庭"),
    ]
    .into_iter()
    .find_map(Tag::read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elders::sheet::record::Form;

    fn rows(lines: &[&str]) -> Vec<Row> {
        let line = |(at, line): (usize, &&str)| {
            let mut row = Row::default();
            row.start(at as u32 + 1);
            line.split(',').for_each(|cell| row.push(cell, Form::Text, 100));
            row
        };
        lines.iter().enumerate().map(line).collect()
    }

    fn find(lines: &[&str]) -> Result<Header, Refusal> {
        Header::find(&rows(lines), &Mapping::new())
    }

    #[test]
    fn the_header_is_found_below_titles_in_any_order_and_in_other_words() {
        let header = find(&[
            "2026年11月老年人信息表",
            "填表单位：民政所,,,联系人：李四",
            "序号,*姓名,身份证号（18位）,联系电话,现 住 址,居住地址编码,网格员",
            "1,张三,411002194305120010,13800001234,文昌街1号,411002001001,王五",
        ])
        .unwrap();
        assert_eq!(header.row(), 3);
        assert_eq!(header.order(), [Column::Name, Column::CertNumber, Column::Mobile, Column::Address, Column::Place]);
        assert_eq!(header.unknown(), ["序号", "网格员"]);
        assert!(!header.has(Column::Remark) && header.missing(false).is_none());
    }

    #[test]
    fn a_header_of_two_rows_is_read_as_group_and_name() {
        for last in ["备注", ""] {
            let header = find(&[
                "2026年老年人基本信息登记表",
                &format!("序号,姓名,身份证号,性别,现住址,区划代码,联系电话,紧急联系人,,,{last}"),
                ",,,,,,,姓名,电话,关系,",
                "1,张桂英,411002194305121013,男,文昌街1号,411002001001,13800001001,李建国,13900001001,长子,无",
            ])
            .unwrap();
            let at = |column| header.position(column);
            assert_eq!((header.row(), at(Column::Name), at(Column::Contact)), (3, Some(1), Some(7)));
            assert_eq!((at(Column::ContactPhone), at(Column::ContactRelation)), (Some(8), Some(9)));
            assert_eq!(header.has(Column::Remark), last == "备注");
        }
    }

    #[test]
    fn merged_names_groups_of_the_elder_and_groups_of_others_are_told_apart() {
        let header = find(&[
            "基本信息,,,居住信息,,,网格员,,监护人,",
            "姓名,身份证号,联系电话,街道,社区,详细地址,姓名,电话,姓名,联系方式",
        ])
        .unwrap();
        let at = |column| header.position(column);
        assert_eq!(
            [at(Column::Name), at(Column::Mobile), at(Column::Town), at(Column::Village)],
            [Some(0), Some(2), Some(3), Some(4)]
        );
        assert_eq!([at(Column::Address), at(Column::Contact), at(Column::ContactPhone)], [Some(5), Some(8), Some(9)]);
        assert_eq!(header.unknown(), ["网格员姓名", "网格员电话"]);
        let merged = find(&["姓名,身份证号,住址,区划代码", "姓名,身份证号,住址,区划代码", "张三,1,2,3"]).unwrap();
        assert_eq!(merged.row(), 1, "the second is a header once more, and no row");
    }

    #[test]
    fn three_rows_of_header_are_read_too() {
        let header = find(&[
            "老人基本情况,,,,联系人情况,,",
            "姓名,身份证号,居住,,联系人,,备注",
            ",,区划代码,地址,姓名,电话,",
            "张三,411002194305120010,411002001001,文昌街1号,李四,13800001234,",
        ])
        .unwrap();
        assert_eq!(header.row(), 3);
        assert!(header.missing(false).is_none() && header.has(Column::ContactPhone) && header.has(Column::Remark));
    }

    #[test]
    fn a_second_telephone_behind_the_contact_is_the_contacts() {
        let header = find(&["姓名,身份证号,联系电话,住址,区划代码,紧急联系人,联系电话,关系"]).unwrap();
        assert_eq!((header.position(Column::Mobile), header.position(Column::ContactPhone)), (Some(2), Some(6)));
    }

    #[test]
    fn columns_of_yes_and_no_name_their_trait() {
        let header =
            find(&["姓名,身份证号,住址,区划代码,是否独居,是否低保户,空巢老人（是/否）,是否重度残疾,是否参加社团"])
                .unwrap();
        let flags: Vec<_> = header.flags().collect();
        assert_eq!(
            flags,
            [(4, Tag::Alone), (5, Tag::MinimumAllowance), (6, Tag::EmptyNest), (7, Tag::SeverelyDisabled)]
        );
        assert_eq!(header.unknown(), ["是否参加社团"]);
    }

    #[test]
    fn headings_that_an_office_told_apart_once_are_known() {
        let line = ["客户,号码,住在哪,哪个村,工号"];
        assert_eq!(find(&line).unwrap_err(), Refusal::NoHeader { rows: 10 });
        let mapping = Mapping::from([
            (known_as("客户"), Some(Column::Name)),
            (known_as("号码"), Some(Column::CertNumber)),
            (known_as("住在哪"), Some(Column::Address)),
            (known_as("哪个村"), Some(Column::Village)),
            (known_as("工号"), None),
        ]);
        let header = Header::find(&rows(&line), &mapping).unwrap();
        assert!(header.missing(false).is_none() && header.unknown().is_empty());
    }

    #[test]
    fn a_sheet_without_what_is_mandatory_names_it() {
        let header = find(&["姓名,性别,手机"]).unwrap();
        let columns = |columns: &str| Some(Refusal::MissingColumns { columns: columns.into() });
        assert_eq!(header.missing(false), columns("证件号码、居住地区划代码、居住地址"));
        assert_eq!(header.missing(true), columns("证件号码、居住地址"));
    }

    #[test]
    fn two_columns_of_one_meaning_are_refused() {
        let refusal = find(&["姓名,身份证号,证件号码,居住地址,区划代码"]).unwrap_err();
        assert_eq!(refusal, Refusal::DuplicateColumns { columns: "证件号码".into() });
    }

    #[test]
    fn a_sheet_of_something_else_has_no_header() {
        assert_eq!(find(&["商品,价格", "苹果,3"]).unwrap_err(), Refusal::NoHeader { rows: 10 });
        assert_eq!(find(&[]).unwrap_err(), Refusal::Empty);
    }
}
