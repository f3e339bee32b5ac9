//! What can be wrong with a problem or a file, said precisely, naming the item, in Chinese and in English.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Which item: `order 17`, `caregiver a3`, `line 12`.
    pub item: String,
    /// What, in Chinese.
    pub chinese: String,
    /// What, in English.
    pub english: String,
}

impl Defect {
    /// A defect of an item.
    pub(crate) fn new(item: impl Into<String>, chinese: impl Into<String>, english: impl Into<String>) -> Self {
        Self { item: item.into(), chinese: chinese.into(), english: english.into() }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}：{} / {}", self.item, self.chinese, self.english)
    }
}

/// All that is wrong; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defects(pub Vec<Defect>);

impl Defects {
    /// One defect.
    pub(crate) fn one(item: impl Into<String>, chinese: impl Into<String>, english: impl Into<String>) -> Self {
        Self(vec![Defect::new(item, chinese, english)])
    }
}

impl fmt::Display for Defects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, defect) in self.0.iter().take(20).enumerate() {
            if k > 0 {
                writeln!(f)?;
            }
            write!(f, "{defect}")?;
        }
        if self.0.len() > 20 {
            write!(f, "\n… {}", self.0.len() - 20)?;
        }
        Ok(())
    }
}

impl std::error::Error for Defects {}
