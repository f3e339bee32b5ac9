//! The siting card of the circle's page: what was asked, how far it is, its answer; and asking by its form.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Redirect, Response},
};
use kernel::{Common, Failure, Key, Region, Result, Scope, Text};
use serde::Deserialize;
use store::{Db, Lane};
use web::{page::ErrorPage, session::Session, state::AppState};

use super::{Siting, State as Step, Wanted, ask, get, list};
use crate::{
    circle::{
        board::{Asked, Look},
        pages,
        plans::{Body, Place},
        siting::{Pick, Sited},
    },
    dashboards::existing,
    statistics::reading,
};

/// How many are proposed before somebody says so.
const FIRST: usize = 3;

/// What the card shows.
#[derive(Clone, Debug, Default)]
pub struct SiteCard {
    /// What the form holds.
    pub wanted: Wanted,
    /// What is wrong with it.
    pub error: Option<Text>,
    /// The siting that is looked at.
    pub siting: Option<Siting>,
}

/// A bar of the curve: per cent after so many, and the top and height of its bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// After how many.
    pub count: usize,
    /// Per cent.
    pub share: String,
    /// From the top, of 60.
    pub top: f64,
    /// Of 60.
    pub height: f64,
}

impl SiteCard {
    /// The card of a place: of the siting that the address names, else of the latest with the same look.
    ///
    /// # Errors
    /// [`Common::NotFound`] when the address names a siting of another place; internal failures.
    pub async fn of(db: &Db, scope: &Scope, place: Region, asked: &Asked) -> Result<Self> {
        let look = asked.look();
        let siting = if asked.siting.is_empty() {
            list(db, scope, place).await?.into_iter().find(|siting| siting.wanted.look() == look)
        } else {
            let key: Key<Siting> = asked.siting.parse().map_err(|_| Common::NotFound)?;
            let siting = get(db, scope, key).await?;
            Some(siting).filter(|siting| siting.place == place)
        };
        let wanted = siting.as_ref().map_or_else(|| first(look), |siting| siting.wanted.clone());
        Ok(Self { wanted, error: None, siting })
    }

    /// An invented one, for the samples of pages.
    pub(in crate::circle) fn sample() -> Self {
        let pick = |name: &str, gained| Pick {
            name: name.into(),
            around: "北关社区".into(),
            point: (113.8261, 34.0225),
            gained,
            few: gained == 0,
        };
        let sited = Sited {
            picks: vec![pick("原塔湾小学", 1_607), pick("", 981), pick("", 0)],
            gained: 2_588,
            bound: 2_600,
            better: 0.4,
            candidates: 1_118,
            took_ms: 2_140,
            share: (27_000, 34_000),
        };
        let wanted = Wanted { candidates: "原塔湾小学,113.8261,34.0225".into(), ..first(Look::default()) };
        let siting = "411002".parse().ok().and_then(|place: Region| {
            Some(Siting {
                key: Key::new(place.home()?, uuid::Uuid::nil()),
                place,
                wanted: wanted.clone(),
                asked_at: web::frame::Frame::sample(web::i18n::Locale::Zh).now,
                state: Step::Done(sited),
            })
        });
        Self { wanted, error: None, siting }
    }

    /// Per cent of a siting that is worked on.
    #[must_use]
    pub fn running(&self) -> Option<i64> {
        match self.siting.as_ref()?.state {
            Step::Running(part) => Some(part),
            Step::Done(_) | Step::Failed(_) => None,
        }
    }

    /// Why a siting was given up.
    #[must_use]
    pub fn failed(&self) -> Option<&str> {
        match &self.siting.as_ref()?.state {
            Step::Failed(why) if why.is_empty() => Some("没有算成，请再算一次"),
            Step::Failed(why) => Some(why),
            Step::Running(_) | Step::Done(_) => None,
        }
    }

    /// The answer.
    #[must_use]
    pub fn done(&self) -> Option<&Sited> {
        match &self.siting.as_ref()?.state {
            Step::Done(sited) => Some(sited),
            Step::Running(_) | Step::Failed(_) => None,
        }
    }

    /// The answer as a plan that can be kept, as JSON.
    #[must_use]
    pub fn body(&self) -> String {
        let Some(sited) = self.done() else { return String::new() };
        let place = |pick: &Pick| Place {
            name: if pick.name.is_empty() { pick.around.clone() } else { pick.name.clone() },
            point: pick.point,
            gained: pick.gained,
        };
        let look = self.wanted.look();
        let body = Body {
            kind: look.walk.code().into(),
            minutes: look.minutes,
            group: look.group.code().into(),
            picks: sited.picks.iter().map(place).collect(),
            better: sited.better,
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl Sited {
    /// How much better any choice could be at most, in per cent; nothing when this one is the best.
    #[must_use]
    pub fn at_most(&self) -> Option<String> {
        (self.better >= 0.05).then(|| format!("{:.1}", self.better))
    }

    /// How long it took, in seconds.
    #[must_use]
    pub fn seconds(&self) -> String {
        format!("{}.{}", self.took_ms / 1_000, self.took_ms % 1_000 / 100)
    }

    /// Shares after one, two … of the chosen.
    #[must_use]
    pub fn curve(&self) -> Vec<Bar> {
        let percent = |reached: u64| reached as f64 * 100.0 / self.share.1.max(1) as f64;
        let least = percent(self.share.0);
        let mut reached = self.share.0;
        let bars = self.picks.iter().enumerate().map(|(at, pick)| {
            reached += pick.gained;
            let share = percent(reached);
            let height = 8.0 + 52.0 * (share - least) / (100.0 - least).max(1.0);
            Bar { count: at + 1, share: format!("{share:.1}"), top: 60.0 - height, height }
        });
        bars.collect()
    }

    /// The chosen points, for the map.
    #[must_use]
    pub fn points(&self) -> String {
        serde_json::to_string(&self.picks).unwrap_or_default()
    }
}

impl Pick {
    /// What it is called, or the place around it; nothing for a corner that nobody lives around.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        [&self.name, &self.around].into_iter().find(|name| !name.is_empty()).map(String::as_str)
    }

    /// Its point as text.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{:.5}, {:.5}", self.point.0, self.point.1)
    }
}

/// What the form holds before anything was asked.
pub(in crate::circle) fn first(look: Look) -> Wanted {
    let (kind, group) = (look.walk.code().into(), look.group.code().into());
    Wanted { kind, minutes: look.minutes, group, count: FIRST, candidates: String::new() }
}

/// What the form sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::circle) struct Sent {
    kind: String,
    minutes: Option<u32>,
    group: String,
    count: String,
    candidates: String,
}

/// `POST /circle/{place}/sitings`: asks, and leads to the page that shows how far it is.
pub(in crate::circle) async fn asked(
    State(state): State<AppState>,
    session: Session,
    Path(place): Path<String>,
    Form(sent): Form<Sent>,
) -> Result<Response, ErrorPage> {
    let place = existing(&place)?;
    reading::visible(&session.scope(), place)?;
    let count = sent.count.trim().parse().unwrap_or_default();
    let address = Asked { kind: sent.kind, minutes: sent.minutes, group: sent.group, ..Asked::default() };
    let wanted = Wanted { count, candidates: sent.candidates, ..first(address.look()) };
    let write = async |tx| ask(&tx, place, &wanted).await;
    match state.db.write(Lane::Interactive, &session.actor, write).await {
        Ok(key) => {
            let query = address.look().query();
            Ok(Redirect::to(&format!("/circle/{}?{query}&siting={key}#site", place.short())).into_response())
        }
        Err(Failure::Refused(refused)) if refused.code.starts_with("circle.") => {
            let card = SiteCard { wanted, error: Some(refused.text.clone()), siting: None };
            let page = pages::of_place((&state, &session), place, &address, Some(card)).await?;
            Ok(page.refused_as(&refused).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_tells_the_share_after_each_of_the_chosen() {
        let pick = |gained| Pick { gained, ..Pick::default() };
        let sited = Sited { picks: vec![pick(30), pick(10)], share: (50, 100), ..Sited::default() };
        let bars = sited.curve();
        assert_eq!(bars.iter().map(|bar| bar.share.as_str()).collect::<Vec<_>>(), ["80.0", "90.0"]);
        assert!(bars[0].height < bars[1].height && bars.iter().all(|bar| (bar.top + bar.height - 60.0).abs() < 1e-9));
        assert_eq!(Sited { better: 0.04, ..Sited::default() }.at_most(), None);
    }
}
