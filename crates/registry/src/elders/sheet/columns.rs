//! The columns of an elders' sheet: their names and what else offices call them.

use super::synonyms::SYNONYMS;
use crate::normal;

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
    /// 所属区县, by name.
    County,
    /// 所属街道（乡镇）, by name.
    Town,
    /// 所属社区（村）, by name.
    Village,
    /// 经纬度 in one cell.
    Coordinates,
}

/// How many columns there are.
pub(super) const COLUMNS: usize = 22;

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

    /// All columns, those of places by name included.
    pub const EVERY: [Self; COLUMNS] = {
        let mut every = [Self::Coordinates; COLUMNS];
        let mut at = 0;
        while at < Self::ALL.len() {
            every[at] = Self::ALL[at];
            at += 1;
        }
        every[COLUMNS - 4] = Self::County;
        every[COLUMNS - 3] = Self::Town;
        every[COLUMNS - 2] = Self::Village;
        every
    };

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
            Self::County => "所属区县",
            Self::Town => "所属街道",
            Self::Village => "所属社区",
            Self::Coordinates => "经纬度",
        }
    }

    /// The column that a header cell names.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::of_bare(&bare(text))
    }

    /// As [`Self::read`], of a text that is [`bare`].
    pub(super) fn of_bare(bare: &str) -> Option<Self> {
        let known = |(column, synonyms): &&(Self, &[&str])| column.word() == bare || synonyms.contains(&bare);
        SYNONYMS.iter().find(known).map(|(column, _)| *column)
    }
}

/// A header cell without blanks, marks of duty and what stands in brackets: `* 证件号码（必填）` is 证件号码.
pub(super) fn bare(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(text.len());
    for c in normal::fold(text).chars() {
        match c {
            '(' | '[' | '【' | '〔' | '<' => depth += 1,
            ')' | ']' | '】' | '〕' | '>' => depth = depth.saturating_sub(1),
            '*' | '★' | '☆' | '※' | '▲' | ':' | '/' | '、' | '_' | '-' | '.' | '·' | '"' | '\'' | '?' | '|' | ',' =>
                {}
            c if depth > 0 || c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_template_names_its_own_column() {
        for column in Column::EVERY {
            assert_eq!(Column::read(column.word()), Some(column));
        }
    }

    #[test]
    fn no_word_names_two_columns() {
        let mut words: Vec<&str> =
            SYNONYMS.iter().flat_map(|(column, words)| words.iter().copied().chain([column.word()])).collect();
        words.sort_unstable();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all);
    }
}
