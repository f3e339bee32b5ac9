//! Who looked at a file: the noted views and opened values, newest first; and the noting of views.

use askama::{Template, filters::HtmlSafe};
use chrono::TimeDelta;
use kernel::{Result, Text};
use store::accesses::{self, Access};
use web::{filters, session::Session, state::AppState};

use super::timeline::acting;
use crate::elders::Elder;

/// Looks shown on a page.
const SHOWN: u64 = 8;
/// A view by the same person within this time is the same view.
const SAME_VIEW: TimeDelta = TimeDelta::minutes(10);

/// Somebody who looked.
#[derive(Debug)]
struct Look {
    access: Access,
    what: Text,
    role: Option<Text>,
    place: Option<String>,
}

/// The card.
#[derive(Debug, Default, Template)]
#[template(path = "elders/_looks.html")]
pub(super) struct Looks {
    looks: Vec<Look>,
}

impl HtmlSafe for Looks {}

impl Looks {
    /// The latest looks at a file.
    pub(super) async fn read(state: &AppState, elder: &Elder) -> Result<Self> {
        let looks = accesses::of(&state.db, elder.key()?.home, elder.id, SHOWN).await?;
        Ok(Self { looks: looks.into_iter().map(Look::of).collect() })
    }

    pub(super) fn sample() -> Self {
        let at = web::frame::Frame::sample(web::i18n::Locale::Zh).now;
        let look = |what: &str, why: &str| {
            let (actor_name, acting_as) = ("周敏".into(), "county_clerk@411002".into());
            Look::of(Access { at, actor_name, acting_as, what: what.into(), why: why.into() })
        };
        Self { looks: vec![look("view", ""), look("cert_no", "核对身份")] }
    }
}

impl Look {
    fn of(access: Access) -> Self {
        let (role, place) = acting(&access.acting_as);
        let what = Text::new(match access.what.as_str() {
            "view" => "查看了档案",
            "cert_no" => "查看了证件号",
            "mobile" => "查看了手机号",
            "landline" => "查看了固定电话",
            "contact_phone" => "查看了联系人电话",
            "export" => "导出了名单",
            "erase" => "删除了个人信息",
            "search_by_id" => "按证件号查找",
            "import_question" => "导入时对照",
            _ => "查看了其他内容",
        });
        Self { access, what, role, place }
    }
}

/// Notes a view, once in a while.
pub(super) async fn note_view(state: &AppState, session: &Session, elder: &Elder) -> Result<()> {
    let (key, actor) = (elder.key()?, &session.actor);
    let since = state.clock().now() - SAME_VIEW;
    let latest = accesses::of(&state.db, key.home, elder.id, SHOWN).await?;
    let acting_as = actor.journal_acting();
    let same = |look: &Access| {
        look.what == "view" && look.at > since && look.actor_name == actor.name && look.acting_as == acting_as
    };
    if latest.iter().any(same) {
        return Ok(());
    }
    accesses::note(&state.db, actor, &[(key.home, elder.id)], "view", "").await
}
