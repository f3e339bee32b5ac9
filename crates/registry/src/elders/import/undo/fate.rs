//! What became of a row of an import that was taken back, as `import_rows.outcome` keeps it.

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// The file that it opened was withdrawn.
    Withdrawn,
    /// All fields that it changed have their old values again.
    Restored,
    /// Some of them; the others were changed since.
    RestoredInPart,
    /// Somebody changed the file since.
    Edited,
    /// There are orders.
    Ordered,
    /// Something else happened with the person: an account, a code.
    Used,
    /// The person moved to another county.
    MovedAway,
    /// The person lives outside the places of the one who takes back.
    Elsewhere,
    /// The person was erased, or the file was withdrawn before.
    Gone,
    /// All fields that it changed were changed again.
    ChangedAgain,
}

impl Fate {
    /// All fates.
    pub const ALL: [Self; 10] = [
        Self::Withdrawn,
        Self::Restored,
        Self::RestoredInPart,
        Self::Edited,
        Self::Ordered,
        Self::Used,
        Self::MovedAway,
        Self::Elsewhere,
        Self::Gone,
        Self::ChangedAgain,
    ];

    /// Stored form; 1 and 2 are rows that created and changed.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::Withdrawn => 11,
            Self::Restored => 12,
            Self::RestoredInPart => 13,
            Self::Edited => 21,
            Self::Ordered => 22,
            Self::Used => 23,
            Self::MovedAway => 24,
            Self::Elsewhere => 25,
            Self::Gone => 26,
            Self::ChangedAgain => 27,
        }
    }

    /// The fate of a stored code.
    #[must_use]
    pub fn of(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.code() == code)
    }

    /// Whether the row stays as the import left it.
    #[must_use]
    pub const fn is_kept(self) -> bool {
        !matches!(self, Self::Withdrawn | Self::Restored | Self::RestoredInPart)
    }

    /// The Chinese words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Withdrawn => "已撤销登记",
            Self::Restored => "已恢复原值",
            Self::RestoredInPart => "只恢复了后来没有改过的内容",
            Self::Edited => "导入以后有人改过档案",
            Self::Ordered => "导入以后有工单",
            Self::Used => "导入以后开通过账号或有其他记录",
            Self::MovedAway => "已迁往外县区",
            Self::Elsewhere => "现在不在您的数据范围内",
            Self::Gone => "个人信息已删除或登记已撤销",
            Self::ChangedAgain => "导入的内容后来都改过",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_fate_reads_back() {
        for fate in Fate::ALL {
            assert_eq!(Fate::of(fate.code()), Some(fate));
        }
        assert_eq!((Fate::of(1), Fate::of(2)), (None, None));
    }
}
