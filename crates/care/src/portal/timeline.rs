//! What entries about one-use codes say on an elder's timeline, and the way from the file to a new code.

use kernel::{Action, text};
use registry::timeline::{Act, Guests, Told, Tone, Wording};
use store::journal::Entry;

/// The words of this room's kinds.
#[derive(Clone, Copy, Debug, Default)]
struct PortalWording;

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

/// What this room adds to an elder's page: the words of its entries, and giving a code.
#[must_use]
pub fn guests(guests: Guests) -> Guests {
    guests.wording(PortalWording).act(Act {
        text: text!("发验证码"),
        icon: "device-mobile",
        path: "/portal-codes/new",
        needs: Action::IssuePortalCode,
    })
}
