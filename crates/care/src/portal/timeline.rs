//! What entries about one-use codes say on an elder's timeline, and the way from the file to a new code.

use kernel::{Action, text};
use registry::timeline::{Act, Told, Tone, Wording};
use store::journal::Entry;

/// The words of this room's kinds; the assembly hangs them into the elders' pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct PortalWording;

impl Wording for PortalWording {
    fn tell(&self, entry: &Entry, _: Option<&[u8]>) -> Option<Told> {
        let text = match entry.kind.as_str() {
            "portal.code_issued" if entry.facts.contains("\"family\"") => text!("给家属发了验证码"),
            "portal.code_issued" => text!("给老人发了验证码"),
            "portal.code_used" => text!("用验证码进入了服务页面"),
            _ => return None,
        };
        Some(Told::new(text).tone(Tone::Mute))
    }
}

/// What can be done from an elder's page.
#[must_use]
pub fn act() -> Act {
    Act {
        text: text!("发验证码"), icon: "device-mobile", path: "/portal-codes/new", needs: Action::IssuePortalCode
    }
}
