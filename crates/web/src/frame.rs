//! What surrounds a page: who is signed in, under which grant, until when, in which language. The session layer puts
//! one [`Frame`] into each request; [`crate::page::render`] reads it.

use kernel::{Instant, Role, Text};

use crate::i18n::Locale;

/// What the session knows and every page shows.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Language.
    pub locale: Locale,
    /// The node's name in the top bar: a place, 许宁市.
    pub node: String,
    /// This moment.
    pub now: Instant,
    /// Path and query of the request, where the switches of language and grant come back to.
    pub path: String,
    /// Shown on error pages, logged with every line.
    pub request_id: String,
    /// The CSRF token of the session, for the forms of the shell.
    pub csrf: String,
    /// Who is signed in.
    pub sitting: Option<Sitting>,
    /// Open alarms in scope, for those who answer them.
    pub open_sos: Option<OpenSos>,
    /// How an elder likes to read.
    pub reading: Reading,
}

/// Somebody who is signed in, under one grant.
#[derive(Clone, Debug)]
pub struct Sitting {
    /// The unit or organisation of the grant: a name.
    pub unit: String,
    /// Place and extent of the scope: a name, 全区 14 街道乡镇.
    pub scope: String,
    /// The role of the grant.
    pub role: Role,
    /// The person's name.
    pub name: String,
    /// Seconds until the session ends.
    pub left_secs: i64,
    /// Password and second factor come first: no page but one's own account opens.
    pub unfinished: bool,
    /// All grants of this account, the current one included.
    pub grants: Vec<GrantChoice>,
}

/// One grant that the session may act under.
#[derive(Clone, Debug)]
pub struct GrantChoice {
    /// The grant's id, the value that the switch posts.
    pub id: String,
    /// Its unit or organisation.
    pub unit: String,
    /// Its role.
    pub role: Role,
    /// The session acts under it now.
    pub current: bool,
}

/// Alarms that nobody took yet.
#[derive(Clone, Copy, Debug)]
pub struct OpenSos {
    /// How many.
    pub count: u32,
    /// How long the oldest has waited, in seconds.
    pub longest_secs: i64,
}

impl OpenSos {
    /// The pill's words.
    #[must_use]
    pub fn words(&self) -> Text {
        match (self.count, self.longest_secs) {
            (0, _) => kernel::text!("无未接呼叫"),
            (count, secs) if secs < 60 => kernel::text!("{n} 起呼叫未接 · 最久 {secs} 秒", n = count, secs = secs),
            (count, secs) => kernel::text!("{n} 起呼叫未接 · 最久 {mins} 分钟", n = count, mins = secs / 60),
        }
    }
}

/// How the portal is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// 长辈版, 22 px.
    #[default]
    Elder,
    /// 长辈版, 26 px.
    Big,
    /// 长辈版, 30 px.
    Biggest,
    /// 标准版, 18 px.
    Standard,
}

impl Reading {
    /// The sizes of 长辈版, smallest first, with the word of each button.
    pub const SIZES: [(Self, Text); 3] =
        [(Self::Elder, Text::new("大字")), (Self::Big, Text::new("特大")), (Self::Biggest, Text::new("最大"))];

    /// Class of the body, and value of the cookie and of the switch.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Elder => "elder",
            Self::Big => "big",
            Self::Biggest => "biggest",
            Self::Standard => "standard",
        }
    }

    /// The choice of a stored code.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        [Self::Elder, Self::Big, Self::Biggest, Self::Standard].into_iter().find(|reading| reading.code() == code)
    }
}

impl Frame {
    /// The watermark: unit, name, time.
    #[must_use]
    pub fn watermark(&self) -> String {
        let stamp = kernel::local(self.now).format("%m-%d %H:%M");
        self.sitting.as_ref().map_or_else(String::new, |who| format!("{} {} {stamp}", who.unit, who.name))
    }

    /// A county clerk's frame with invented names, for samples and checks.
    #[must_use]
    pub fn sample(locale: Locale) -> Self {
        let grant =
            |unit: &str, role, current| GrantChoice { id: format!("g-{current}"), unit: unit.into(), role, current };
        Self {
            locale,
            node: "许宁市".into(),
            now: Instant::from_timestamp(1_795_264_868, 0).unwrap_or_default(),
            path: "/elders?view=1".into(),
            request_id: "01j9sample".into(),
            csrf: "csrf-sample".into(),
            sitting: Some(Sitting {
                unit: "魏安区民政局".into(),
                scope: "全区 14 街道乡镇".into(),
                role: Role::CountyClerk,
                name: "周敏".into(),
                left_secs: 1620,
                unfinished: false,
                grants: vec![
                    grant("魏安区民政局", Role::CountyClerk, true),
                    grant("文昌街道办事处", Role::TownClerk, false),
                ],
            }),
            open_sos: Some(OpenSos { count: 2, longest_secs: 41 }),
            reading: Reading::Elder,
        }
    }
}
