//! Everybody who works in the demo city, so that `sangyu simulate` can play a day of it: besides the named logins of
//! each role, two seats of the call centre of each county, and each home-care provider with all its caregivers.
//!
//! ```text
//! agent-411002-1   dispatcher-411002-3   caregiver-411002-3-07
//!       county seat            county provider          provider worker
//! ```

use std::{collections::BTreeMap, path::Path};

use kernel::{Region, Result, Role};
use registry::{organisations::Kind, places};
use uuid::Uuid;
use web::accounts::Kind as AccountKind;

use super::{accounts::Draft, city::Made};

/// The file of the data folder that lists who can sign in.
pub(crate) const FILE: &str = "demo-logins.csv";
/// Seats of each county's call centre.
const SEATS: usize = 2;

/// The seats, providers and caregivers, county by county.
pub(super) fn drafts(made: &Made) -> Result<Vec<Draft>> {
    let mut providers: BTreeMap<Region, Vec<_>> = BTreeMap::new();
    for organisation in made.organisations.iter().filter(|o| o.kind() == Some(Kind::HomeCare)) {
        providers.entry(organisation.serves()?).or_default().push(organisation);
    }
    let mut drafts = Vec::new();
    for (county, providers) in providers {
        let code = county.short();
        for seat in 1..=SEATS {
            let agent = Draft::staff(format!("agent-{code}-{seat}"), "话务员", Role::CallAgent, county);
            drafts.push(agent.at(format!("{} 12349", places::name(county).unwrap_or_default()), ""));
        }
        for (number, provider) in (1..).zip(providers) {
            let serves = |role, login: String, name: &str| Draft {
                organisation: Some(provider.id),
                ..Draft::staff(login, name, role, county).at(provider.name.clone(), "")
            };
            drafts.push(serves(Role::Dispatcher, format!("dispatcher-{code}-{number}"), "派单员"));
            let hands = made.workers.iter().filter(|(_, employer)| employer.id == provider.id);
            drafts.extend((1..).zip(hands).map(|(hand, (worker, _)): (u32, _)| {
                let login = format!("caregiver-{code}-{number}-{hand:02}");
                let draft = serves(Role::Caregiver, login, &worker.name);
                let label = format!("{} {}", provider.name, worker.name);
                Draft { kind: AccountKind::Worker, worker: Some(worker.id), label, ..draft }
            }));
        }
    }
    Ok(drafts)
}

/// Lists who can sign in; the password is not in it.
pub(super) fn list(data: &Path, drafts: &[Draft]) -> Result<()> {
    let mut file = csv::Writer::from_path(data.join(FILE))?;
    file.write_record(["login", "role", "place", "organisation", "worker", "unit"])?;
    for draft in drafts {
        let id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let (role, place) = (draft.role.code(), draft.place.short());
        file.write_record([&draft.login, role, &place, &id(draft.organisation), &id(draft.worker), &draft.label])?;
    }
    file.flush()?;
    Ok(())
}
