//! The consumer that folds the journal into the roll-ups.

use async_trait::async_trait;
use kernel::Result;
use store::{Tx, consumers::Consumer, journal::Entry};

use super::{
    Measure, Source,
    census::{Census, is_about_elder},
    measures,
    sums::Sums,
};

/// Name of the consumer; its cursors stand under it.
pub const NAME: &str = "insight.rollups";

/// Folds entries into the figures of the measures it was given.
#[derive(Debug)]
pub struct Rollups {
    measures: Vec<&'static Measure>,
}

impl Default for Rollups {
    /// With all measures of the platform.
    fn default() -> Self {
        Self::of(measures::ALL.iter())
    }
}

impl Rollups {
    /// With these measures only.
    pub fn of(measures: impl IntoIterator<Item = &'static Measure>) -> Self {
        Self { measures: measures.into_iter().collect() }
    }

    /// What these entries of one home change; the census is changed in place.
    fn sums(&self, census: &mut Census, entries: &[Entry]) -> Result<Sums> {
        let mut sums = Sums::default();
        for entry in entries {
            if is_about_elder(entry) {
                census.take(entry, &self.measures, &mut sums)?;
            }
            for measure in &self.measures {
                let Source::Entries(counted_from) = measure.source else { continue };
                for delta in counted_from(entry)? {
                    sums.add(measure, delta);
                }
            }
        }
        Ok(sums)
    }
}

#[async_trait]
impl Consumer for Rollups {
    fn name(&self) -> &'static str {
        NAME
    }

    async fn take(&self, tx: &Tx, entries: &[Entry]) -> Result<()> {
        let Some(first) = entries.first() else { return Ok(()) };
        let mut census = Census::load(tx, first.home()?, entries).await?;
        let sums = self.sums(&mut census, entries)?;
        census.write(tx).await?;
        sums.write(tx).await?;
        Ok(())
    }
}
