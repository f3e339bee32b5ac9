//! The names behind the ids on a page: what the one who looks may see of elders, and organisations and workers.

use std::collections::HashMap;

use kernel::{Home, Key, Result, Scope};
use registry::{
    elders::{self, Elder},
    organisations, workers,
};
use store::Db;
use uuid::Uuid;

use crate::orders::Order;

/// Names, by id.
#[derive(Debug, Default)]
pub(crate) struct Names {
    elders: HashMap<Uuid, Elder>,
    organisations: HashMap<Uuid, String>,
    workers: HashMap<Uuid, String>,
}

impl Names {
    /// The names of some orders, as far as the scope shows them.
    pub(crate) async fn of(db: &Db, scope: &Scope, orders: &[&Order]) -> Result<Self> {
        let mut names = Self::default();
        if orders.is_empty() {
            return Ok(names);
        }
        let keys = orders.iter().map(|order| Ok(Key::<Elder>::new(Home::new(order.home)?, order.elder)));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let found = elders::queries::of_keys(db, scope, &keys).await?;
        names.elders = found.into_iter().map(|elder| (elder.id, elder)).collect();
        let mut providers: Vec<_> = orders.iter().filter_map(|order| order.provider).collect();
        providers.sort_unstable();
        providers.dedup();
        let found = organisations::queries::of_ids(db, &providers).await?;
        names.organisations = found.into_iter().map(|found| (found.id, found.name)).collect();
        let mut crew: Vec<_> = orders.iter().flat_map(|order| [order.worker, order.second]).flatten().collect();
        crew.sort_unstable();
        crew.dedup();
        let found = workers::queries::of_ids(db, &crew).await?;
        names.workers = found.into_iter().map(|found| (found.id, found.name)).collect();
        Ok(names)
    }

    pub(crate) fn elder(&self, order: &Order) -> Option<&Elder> {
        self.elders.get(&order.elder)
    }

    pub(crate) fn provider(&self, order: &Order) -> Option<String> {
        self.organisations.get(&order.provider?).cloned()
    }

    /// Lead and second, joined by a plus.
    pub(crate) fn crew(&self, order: &Order) -> Option<String> {
        let crew = [order.worker, order.second].into_iter().flatten();
        let names: Vec<_> = crew.filter_map(|id| self.workers.get(&id).cloned()).collect();
        (!names.is_empty()).then(|| names.join(" + "))
    }
}
