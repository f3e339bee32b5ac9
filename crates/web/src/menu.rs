//! The console's menu: each crate declares its entries in `module()`, the assembly concatenates them.

use askama::Template;
use kernel::{Action, Role, Text};

use crate::{filters, list::Count};

/// One entry of the side menu.
#[derive(Clone, Debug)]
pub struct MenuEntry {
    /// What [`Head::menu`](crate::head::Head::menu) names.
    pub key: &'static str,
    /// Words.
    pub text: Text,
    /// Icon of the sprite.
    pub icon: &'static str,
    /// Address.
    pub href: &'static str,
    /// The heading it stands under; none for the first group.
    pub group: Option<Text>,
    /// Who sees it: roles that include this action; everybody when none.
    pub needs: Option<Action>,
    /// Its place in the menu, small first; 100, 200 … leave room between.
    pub order: u16,
    /// Where the count beside it comes from ([`Badge`]), and the topic that changes it.
    pub badge: Option<(&'static str, &'static str)>,
}

/// How many wait behind a menu entry; nothing at zero.
#[derive(Clone, Copy, Debug, Template)]
#[template(
    source = r#"{% if let Some(count) = count %}<em>{{ count }}<span class="vh"> {{ "条待处理"|t }}</span></em>{% endif %}"#,
    ext = "html"
)]
pub struct Badge {
    count: Option<Count>,
}

impl Badge {
    /// Counted up to this.
    pub const MOST: u64 = 100;

    /// A count that stopped at [`Badge::MOST`].
    #[must_use]
    pub fn of(counted: u64) -> Self {
        Self { count: (counted > 0).then(|| Count::capped(counted, Self::MOST)) }
    }
}

impl MenuEntry {
    /// An entry of the first group, for everybody.
    #[must_use]
    pub const fn new(key: &'static str, text: Text, icon: &'static str, href: &'static str, order: u16) -> Self {
        Self { key, text, icon, href, group: None, needs: None, order, badge: None }
    }

    /// Only for roles that include the action.
    #[must_use]
    pub const fn needs(mut self, action: Action) -> Self {
        self.needs = Some(action);
        self
    }

    /// With a count that is fetched from an address and again when a topic changes.
    #[must_use]
    pub const fn badge(mut self, href: &'static str, topic: &'static str) -> Self {
        self.badge = Some((href, topic));
        self
    }

    /// Under a heading.
    #[must_use]
    pub fn under(mut self, group: Text) -> Self {
        self.group = Some(group);
        self
    }
}

/// All entries in order.
#[derive(Clone, Debug, Default)]
pub struct Menu(Vec<MenuEntry>);

/// The entries that one role sees under one heading.
#[derive(Debug)]
pub struct MenuGroup<'a> {
    /// The heading.
    pub title: Option<&'a Text>,
    /// The entries.
    pub entries: Vec<&'a MenuEntry>,
}

impl Menu {
    /// Sorts the entries of all crates.
    #[must_use]
    pub fn new(mut entries: Vec<MenuEntry>) -> Self {
        entries.sort_by_key(|entry| entry.order);
        Self(entries)
    }

    /// What a role sees.
    #[must_use]
    pub fn of(&self, role: Role) -> Vec<MenuGroup<'_>> {
        let mut groups: Vec<MenuGroup<'_>> = Vec::new();
        for entry in self.0.iter().filter(|entry| entry.needs.is_none_or(|action| role.may(action))) {
            match groups.iter_mut().find(|group| group.title == entry.group.as_ref()) {
                Some(group) => group.entries.push(entry),
                None => groups.push(MenuGroup { title: entry.group.as_ref(), entries: vec![entry] }),
            }
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use kernel::text;

    use super::*;

    #[test]
    fn a_role_sees_only_the_entries_it_may_use_and_in_order() {
        let menu = Menu::new(vec![
            MenuEntry::new("import", text!("导入"), "file-import", "/import", 300).needs(Action::ImportElders),
            MenuEntry::new("elders", text!("老人档案"), "users", "/elders", 200).needs(Action::ViewElders),
            MenuEntry::new("home", text!("总览"), "layout-dashboard", "/", 100),
        ]);
        let keys = |role| -> Vec<_> { menu.of(role).iter().flat_map(|g| &g.entries).map(|e| e.key).collect() };
        assert_eq!(keys(Role::CountyClerk), ["home", "elders", "import"]);
        assert_eq!(keys(Role::TownClerk), ["home", "elders"]);
        assert_eq!(keys(Role::Dispatcher), ["home"]);
    }
}
