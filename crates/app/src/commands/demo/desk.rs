//! What lies on the desk when the city is opened: orders of the last minutes that wait for a hand, and the next visits
//! of the caregiver whose phone can be tried.

use care::orders::{Channel, Crew};
use chrono::{Days, TimeDelta, Timelike as _};
use kernel::{Instant, business_day, local, start_of_day};

use super::casting::{Casting, Deed, Draft};

/// Orders that wait: minutes since they were placed, how they came in, and minutes since they were offered.
const WAITING: [(i64, Channel, Option<i64>); 10] = [
    (26, Channel::Mini, None),
    (7, Channel::App, None),
    (27, Channel::Phone, None),
    (21, Channel::Counter, None),
    (13, Channel::Community, None),
    (8, Channel::Phone, None),
    (3, Channel::Phone, None),
    (49, Channel::Phone, Some(24)),
    (33, Channel::Counter, Some(15)),
    (18, Channel::Community, Some(6)),
];
/// Visits that the caregiver has taken.
const TAKEN: i64 = 3;
/// Of so many draws, one suits.
const DRAWS: usize = 200;

/// An order and when its steps were taken.
type Fate<'a> = (Draft<'a>, Vec<(Instant, Deed)>);

/// The orders of the first provider that are open now.
pub(super) fn lay(casting: &Casting, now: Instant) -> Vec<Fate<'_>> {
    let waiting = WAITING.into_iter().filter_map(|waits| waiting(casting, now, waits));
    waiting.chain((0..TAKEN).filter_map(|n| taken(casting, now, n))).collect()
}

fn waiting(
    casting: &Casting,
    now: Instant,
    (placed, channel, offered): (i64, Channel, Option<i64>),
) -> Option<Fate<'_>> {
    let at = |minutes| now - TimeDelta::minutes(minutes);
    let mut draft = drawn(casting, now, |_| true)?;
    draft.channel = channel;
    let offer = offered.map(|minutes| (at(minutes), Deed::Assign));
    Some((draft, std::iter::once((at(placed), Deed::Place)).chain(offer).collect()))
}

/// The `n`th of the caregiver's next visits: today while there is daylight, or tomorrow.
fn taken(casting: &Casting, now: Instant, n: i64) -> Option<Fate<'_>> {
    let (_, staff) = casting.first_provider()?;
    let worker = staff.first()?;
    let mut draft = drawn(casting, now, |draft| !draft.item.pair && worker.can(draft.item.class().code()))?;
    draft.crew = Crew { lead: worker.id, second: None };
    let hour = i64::from(local(now).hour()) + 1;
    let first = if hour + 2 * TAKEN <= 20 {
        start_of_day(business_day(now)) + TimeDelta::hours(hour)
    } else {
        start_of_day(business_day(now) + Days::new(1)) + TimeDelta::hours(9)
    };
    let start = first + TimeDelta::hours(2 * n);
    draft.window = (start, start + TimeDelta::hours(1));
    let steps = [(20, Deed::Place), (19, Deed::Assign), (18, Deed::Take)];
    Some((draft, steps.map(|(hours, deed)| (now - TimeDelta::hours(hours), deed)).into()))
}

/// An order of somebody in the first provider's county for one of the coming days.
fn drawn<'a>(casting: &'a Casting, now: Instant, suits: impl Fn(&Draft<'a>) -> bool) -> Option<Draft<'a>> {
    let by = casting.first_provider()?;
    let area = by.0.serves().ok()?;
    let days = (business_day(now) + Days::new(1), 3);
    (0..DRAWS).find_map(|_| {
        let elder = *casting.anybody().filter(|elder| area.contains(elder.place))?;
        casting.draft_with(elder, by, days).filter(&suits)
    })
}
