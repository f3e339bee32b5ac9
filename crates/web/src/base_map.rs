//! Pictures of somebody else's map that may lie under our own: none unless the settings name them. What may be loaded from
//! where is told to browsers by [`BaseMap::origin`], and whose it is stands wherever it is shown.

/// A base map: square pictures in the grid of the web's maps (EPSG:3857), 256 pixels wide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseMap {
    template: String,
    licence: String,
    origin: Option<String>,
}

impl BaseMap {
    /// A base map out of the address of its pictures, in which `{z}`, `{x}` and `{y}` stand for their numbers, and the words
    /// that must be shown with them. None for an address of another shape, or without words.
    #[must_use]
    pub fn new(template: &str, licence: &str) -> Option<Self> {
        let (template, licence) = (template.trim(), licence.trim());
        let is_address = template.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"'<>\\;`".contains(&byte));
        if !is_address || licence.is_empty() || ["{z}", "{x}", "{y}"].iter().any(|part| !template.contains(part)) {
            return None;
        }
        let origin = if template.starts_with('/') && !template.starts_with("//") {
            None
        } else {
            let (scheme, rest) =
                template.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http"))?;
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
            if host.is_empty() || !host.bytes().all(is_host) {
                return None;
            }
            Some(format!("{scheme}://{host}"))
        };
        Some(Self { template: template.to_owned(), licence: licence.to_owned(), origin })
    }

    /// The address of its pictures, with `{z}`, `{x}` and `{y}`.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The words that must be shown with it.
    #[must_use]
    pub fn licence(&self) -> &str {
        &self.licence
    }

    /// Where its pictures come from; none when the platform's own address serves them.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_pictures_tells_where_they_come_from() {
        let map = BaseMap::new(
            " https://t0.example.cn:8443/vec_w/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=1 ",
            "审图号 1",
        );
        let map = map.unwrap();
        assert_eq!((map.origin(), map.licence()), (Some("https://t0.example.cn:8443"), "审图号 1"));
        assert_eq!(BaseMap::new("/tiles/{z}/{x}/{y}.png", "ours").unwrap().origin(), None);
    }

    #[test]
    fn no_address_can_widen_what_browsers_may_load() {
        for wrong in [
            "",
            "https://example.cn/{z}/{x}.png",
            "https://exa mple.cn/{z}/{x}/{y}",
            "https://example.cn;script-src */{z}/{x}/{y}",
            "https://*/{z}/{x}/{y}",
            "https://user@example.cn/{z}/{x}/{y}",
            "javascript://example.cn/{z}/{x}/{y}",
            "//example.cn/{z}/{x}/{y}",
            "tiles/{z}/{x}/{y}",
        ] {
            assert_eq!(BaseMap::new(wrong, "ours"), None, "{wrong}");
        }
        assert_eq!(BaseMap::new("https://example.cn/{z}/{x}/{y}", " "), None, "whose it is must be said");
    }
}
