//! The columns of an elders' sheet: their names, what else offices call them, and the search for the header row.

use super::{Refusal, record::Row};

/// How many rows may stand above the header, the header included: titles, dates, the name of the office.
pub const HEADER_WITHIN: usize = 10;

/// A column of an elders' sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Column {
    /// 姓名.
    Name,
    /// 证件类型.
    CertKind,
    /// 证件号码.
    CertNumber,
    /// 性别.
    Sex,
    /// 出生日期.
    Birth,
    /// 手机.
    Mobile,
    /// 固定电话.
    Landline,
    /// 户籍地址.
    HukouAddress,
    /// 居住地区划代码.
    Place,
    /// 居住地址.
    Address,
    /// 经度.
    Longitude,
    /// 纬度.
    Latitude,
    /// 居住状况.
    Living,
    /// 人员类别.
    Tags,
    /// 紧急联系人.
    Contact,
    /// 联系人电话.
    ContactPhone,
    /// 联系人关系.
    ContactRelation,
    /// 备注.
    Remark,
}

impl Column {
    /// All columns, in the order of the template.
    pub const ALL: [Self; 18] = [
        Self::Name,
        Self::CertKind,
        Self::CertNumber,
        Self::Sex,
        Self::Birth,
        Self::Mobile,
        Self::Landline,
        Self::HukouAddress,
        Self::Place,
        Self::Address,
        Self::Longitude,
        Self::Latitude,
        Self::Living,
        Self::Tags,
        Self::Contact,
        Self::ContactPhone,
        Self::ContactRelation,
        Self::Remark,
    ];

    /// Whether a sheet without this column is refused. Sex and birth date may come from the number.
    #[must_use]
    pub const fn is_mandatory(self) -> bool {
        matches!(self, Self::Name | Self::CertNumber | Self::Place | Self::Address)
    }

    /// The name in the header.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "姓名",
            Self::CertKind => "证件类型",
            Self::CertNumber => "证件号码",
            Self::Sex => "性别",
            Self::Birth => "出生日期",
            Self::Mobile => "手机",
            Self::Landline => "固定电话",
            Self::HukouAddress => "户籍地址",
            Self::Place => "居住地区划代码",
            Self::Address => "居住地址",
            Self::Longitude => "经度",
            Self::Latitude => "纬度",
            Self::Living => "居住状况",
            Self::Tags => "人员类别",
            Self::Contact => "紧急联系人",
            Self::ContactPhone => "联系人电话",
            Self::ContactRelation => "联系人关系",
            Self::Remark => "备注",
        }
    }

    /// The column that a header cell names.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let bare = bare(text);
        let known = |(column, synonyms): &&(Self, &[&str])| column.word() == bare || synonyms.contains(&bare.as_str());
        SYNONYMS.iter().find(known).map(|(column, _)| *column)
    }
}

/// What else offices call the columns.
const SYNONYMS: [(Column, &[&str]); Column::ALL.len()] = [
    (Column::Name, &["老人姓名", "老年人姓名", "名字", "人员姓名"]),
    (Column::CertKind, &["证件种类", "证件类别"]),
    (
        Column::CertNumber,
        &[
            "证件号",
            "身份证号",
            "身份证号码",
            "身份证",
            "公民身份号码",
            "身份证件号码",
            "居民身份证号",
            "居民身份证号码",
            "老人身份证号",
            "老人身份证号码",
        ],
    ),
    (Column::Sex, &[]),
    (Column::Birth, &["出生年月", "出生年月日", "生日", "出生"]),
    (
        Column::Mobile,
        &[
            "手机号",
            "手机号码",
            "移动电话",
            "联系电话",
            "本人电话",
            "老人电话",
            "电话",
            "联系方式",
            "本人手机",
            "老人手机",
            "电话号码",
        ],
    ),
    (Column::Landline, &["固话", "座机", "家庭电话", "住宅电话", "座机号码"]),
    (Column::HukouAddress, &["户籍所在地", "户口所在地", "户籍地", "户籍详细地址", "身份证地址", "户口地址"]),
    (
        Column::Place,
        &[
            "居住地址编码",
            "居住地编码",
            "居住地代码",
            "区划代码",
            "行政区划代码",
            "居住地行政区划代码",
            "现居住地区划代码",
            "社区代码",
            "村居代码",
            "村社区代码",
            "地区编码",
            "区划编码",
            "居住地区划编码",
        ],
    ),
    (
        Column::Address,
        &[
            "现居住地址",
            "现住址",
            "居住地",
            "现居住地",
            "家庭住址",
            "住址",
            "常住地址",
            "居住详细地址",
            "详细地址",
            "地址",
            "家庭地址",
            "实际居住地址",
            "现住地址",
        ],
    ),
    (Column::Longitude, &["居住地经度", "lng", "lon", "longitude"]),
    (Column::Latitude, &["居住地纬度", "lat", "latitude"]),
    (Column::Living, &["居住情况", "居住方式", "居住类型"]),
    (
        Column::Tags,
        &["老人类别", "人员类型", "老人类型", "人员标签", "标签", "特殊类别", "对象类别", "老年人类别", "老年人类型"],
    ),
    (Column::Contact, &["紧急联系人姓名", "联系人", "联系人姓名", "家属姓名", "监护人", "监护人姓名"]),
    (
        Column::ContactPhone,
        &[
            "紧急联系人电话",
            "紧急联系电话",
            "联系人手机",
            "紧急联系人手机",
            "家属电话",
            "监护人电话",
            "联系人联系方式",
            "紧急联系人联系方式",
            "联系人手机号",
            "紧急联系人手机号",
        ],
    ),
    (
        Column::ContactRelation,
        &[
            "紧急联系人关系",
            "与老人关系",
            "与联系人关系",
            "与本人关系",
            "关系",
            "联系人与老人关系",
            "与紧急联系人关系",
            "紧急联系人与老人关系",
        ],
    ),
    (Column::Remark, &["说明", "备注信息"]),
];

/// A header cell without blanks, marks of duty and what stands in brackets: `* 证件号码（必填）` is 证件号码.
fn bare(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' | '（' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => depth = depth.saturating_sub(1),
            '*' | '＊' | '★' | '※' | '：' | ':' | '/' | '、' | '_' | '\u{feff}' | '\u{200b}' => {}
            c if depth > 0 || c.is_whitespace() => {}
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// Where the columns of one sheet stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    row: u32,
    at: [Option<u16>; Column::ALL.len()],
    width: u16,
    unknown: Vec<String>,
}

impl Header {
    /// Finds the header among the first rows of a sheet: the row that names the most columns.
    ///
    /// # Errors
    /// [`Refusal::NoHeader`], [`Refusal::DuplicateColumns`], [`Refusal::MissingColumns`].
    pub fn find(head: &[Row]) -> Result<Self, Refusal> {
        let best = head.iter().take(HEADER_WITHIN).rev().max_by_key(|row| Self::known(row));
        let Some(row) = best.filter(|row| Self::known(row) >= 2) else {
            return Err(if head.is_empty() { Refusal::Empty } else { Refusal::NoHeader { rows: HEADER_WITHIN } });
        };
        let header = Self::of(row)?;
        let missing: Vec<_> = Column::ALL.into_iter().filter(|c| c.is_mandatory() && !header.has(*c)).collect();
        if missing.is_empty() { Ok(header) } else { Err(Refusal::MissingColumns { columns: join(&missing) }) }
    }

    /// How many cells of a row name a column.
    #[must_use]
    pub fn known(row: &Row) -> usize {
        (0..row.width()).filter(|&at| Column::read(row.cell(at).text).is_some()).count()
    }

    fn of(row: &Row) -> Result<Self, Refusal> {
        let mut header = Self { row: row.number(), at: Default::default(), width: 0, unknown: Vec::new() };
        let mut doubled = Vec::new();
        for at in 0..row.width() {
            let text = row.cell(at).text;
            if text.is_empty() {
                continue;
            }
            header.width = at as u16 + 1;
            match Column::read(text) {
                Some(column) if header.at[column as usize].is_some() => doubled.push(column),
                Some(column) => header.at[column as usize] = Some(at as u16),
                None => header.unknown.push(text.chars().filter(|c| !c.is_control()).take(30).collect()),
            }
        }
        doubled.dedup();
        if doubled.is_empty() { Ok(header) } else { Err(Refusal::DuplicateColumns { columns: join(&doubled) }) }
    }

    /// The number of the header's row.
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

    /// The columns of the sheet in the order in which they stand there.
    #[must_use]
    pub fn order(&self) -> Vec<Column> {
        let mut order: Vec<_> = Column::ALL.into_iter().filter(|c| self.has(*c)).collect();
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
        self.width as usize
    }
}

fn join(columns: &[Column]) -> String {
    columns.iter().map(|c| c.word()).collect::<Vec<_>>().join("、")
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

    #[test]
    fn the_header_is_found_below_titles_in_any_order_and_in_other_words() {
        let head = rows(&[
            "2026年11月老年人信息表",
            "填表单位：民政所,,,联系人：李四",
            "序号,*姓名,身份证号（18位）,联系电话,现 住 址,居住地址编码,网格员",
            "1,张三,411002194305120010,13800001234,文昌街1号,411002001001,王五",
        ]);
        let header = Header::find(&head).unwrap();
        assert_eq!(header.row(), 3);
        assert_eq!(header.order(), [Column::Name, Column::CertNumber, Column::Mobile, Column::Address, Column::Place]);
        assert_eq!(header.unknown(), ["序号", "网格员"]);
        assert!(!header.has(Column::Remark));
    }

    #[test]
    fn a_sheet_without_what_is_mandatory_names_it() {
        let refusal = Header::find(&rows(&["姓名,性别,手机"])).unwrap_err();
        assert_eq!(refusal, Refusal::MissingColumns { columns: "证件号码、居住地区划代码、居住地址".into() });
    }

    #[test]
    fn two_columns_of_one_meaning_are_refused() {
        let refusal = Header::find(&rows(&["姓名,身份证号,证件号码,居住地址,区划代码"])).unwrap_err();
        assert_eq!(refusal, Refusal::DuplicateColumns { columns: "证件号码".into() });
    }

    #[test]
    fn a_sheet_of_something_else_has_no_header() {
        assert_eq!(Header::find(&rows(&["商品,价格", "苹果,3"])).unwrap_err(), Refusal::NoHeader { rows: 10 });
        assert_eq!(Header::find(&[]).unwrap_err(), Refusal::Empty);
    }

    #[test]
    fn every_word_of_the_template_names_its_own_column() {
        for column in Column::ALL {
            assert_eq!(Column::read(column.word()), Some(column));
        }
    }
}
