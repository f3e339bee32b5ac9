//! The address of a list: filters, sorting, page and columns all live in it, so that every state can be linked to.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use data_encoding::BASE64URL_NOPAD;

/// The parameters that say where in the result a page stands; they go when the result changes.
const PLACE: [&str; 2] = ["after", "before"];

/// Path and parameters of a list page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    path: String,
    pairs: Vec<(String, String)>,
}

/// Where a page begins: the values of the sort key and the id of a row, opaque to browsers. It proves nothing: the
/// query behind it is scoped like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub Vec<String>);

/// Which way a page is read from its cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The first page.
    First,
    /// The rows after this one.
    After(Cursor),
    /// The rows before this one, to be read backwards.
    Before(Cursor),
}

/// How a list is sorted: `sort=name`, or `sort=-name` for downwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sorting<'a> {
    /// The column's key.
    pub column: &'a str,
    /// Large first.
    pub down: bool,
}

impl Cursor {
    /// Text for an address.
    #[must_use]
    pub fn encode(&self) -> String {
        BASE64URL_NOPAD.encode(self.0.join("\u{1f}").as_bytes())
    }

    /// Reads the text of an address; anything broken is the first page.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        Some(Self(String::from_utf8(bytes).ok()?.split('\u{1f}').map(str::to_owned).collect()))
    }
}

impl ListQuery {
    /// A path and its query string.
    #[must_use]
    pub fn new(path: &str, query: &str) -> Self {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(name), decode(value))
        };
        let pairs = query.split('&').filter(|part| !part.is_empty()).map(pair).filter(|(_, value)| !value.is_empty());
        Self { path: path.to_owned(), pairs: pairs.collect() }
    }

    /// The first value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// How the list is sorted, when the address says so.
    #[must_use]
    pub fn sorting(&self) -> Option<Sorting<'_>> {
        let sort = self.get("sort")?;
        Some(
            sort.strip_prefix('-')
                .map_or(Sorting { column: sort, down: false }, |column| Sorting { column, down: true }),
        )
    }

    /// Rows of a page: 25, 50 or 100.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.get("size").and_then(|size| size.parse().ok()).filter(|size| [25, 50, 100].contains(size)).unwrap_or(25)
    }

    /// Which page.
    #[must_use]
    pub fn place(&self) -> Place {
        let cursor = |name| self.get(name).and_then(Cursor::decode);
        match (cursor("after"), cursor("before")) {
            (Some(after), _) => Place::After(after),
            (None, Some(before)) => Place::Before(before),
            (None, None) => Place::First,
        }
    }

    /// The address as it is.
    #[must_use]
    pub fn href(&self) -> String {
        let pairs: Vec<String> =
            self.pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value))).collect();
        if pairs.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, pairs.join("&")) }
    }

    /// Another path with the same parameters, without the page: the export of what is listed.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        Self { path: path.to_owned(), ..self.without(&[]) }.href()
    }

    /// One parameter set to one value, from the first page.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut next = self.without(&[name]);
        next.pairs.push((name.to_owned(), value.to_owned()));
        next
    }

    /// Some parameters gone, from the first page.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let stays = |key: &str| !names.contains(&key) && !PLACE.contains(&key);
        let pairs = self.pairs.iter().filter(|(key, _)| stays(key)).cloned().collect();
        Self { path: self.path.clone(), pairs }
    }

    /// One value of a parameter gone, from the first page.
    #[must_use]
    pub fn without_value(&self, name: &str, value: &str) -> Self {
        let mut next = self.without(&[]);
        next.pairs.retain(|(key, held)| key != name || held != value);
        next
    }

    /// The page after or before a row.
    #[must_use]
    pub fn turned(&self, place: &Place) -> String {
        let (name, cursor) = match place {
            Place::First => return self.without(&[]).href(),
            Place::After(cursor) => ("after", cursor),
            Place::Before(cursor) => ("before", cursor),
        };
        self.with(name, &cursor.encode()).href()
    }

    /// The parameters that a form with these inputs must carry along.
    #[must_use]
    pub fn carried(&self, inputs: &[&str]) -> Vec<(String, String)> {
        self.without(inputs).pairs
    }

    /// The path alone.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl<S: Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::new(parts.uri.path(), parts.uri.query().unwrap_or_default()))
    }
}

pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |from: usize| text.get(from..from + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match bytes[at] {
            b'+' => plain.push(b' '),
            b'%' if hex(at + 1).is_some() => {
                plain.extend(hex(at + 1));
                at += 2;
            }
            byte => plain.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn encode(text: &str) -> String {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~,".contains(&byte);
    text.bytes().map(|byte| if safe(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        let query = ListQuery::new("/elders", "tag=%E7%8B%AC%E5%B1%85&tag=a%2Bb+c&q=&size=50&sort=-age");
        assert_eq!(query.all("tag").collect::<Vec<_>>(), ["独居", "a+b c"]);
        assert_eq!((query.size(), query.get("q")), (50, None));
        assert_eq!(query.sorting(), Some(Sorting { column: "age", down: true }));
        assert_eq!(ListQuery::new("/elders", query.href().split_once('?').unwrap().1), query);
    }

    #[test]
    fn a_change_of_the_result_goes_back_to_its_first_page() {
        let after = Place::After(Cursor(vec!["chen".into(), "7".into()]));
        let second = ListQuery::new("/elders", "tag=x").turned(&after);
        let query = ListQuery::new("/elders", second.split_once('?').unwrap().1);
        assert_eq!(query.place(), after);
        assert_eq!(query.with("sort", "age").href(), "/elders?tag=x&sort=age");
        assert_eq!(query.without(&["tag"]).href(), "/elders");
        assert_eq!(query.at("/elders/export"), "/elders/export?tag=x");
    }

    #[test]
    fn a_broken_cursor_or_size_is_the_first_page_of_the_usual_size() {
        let query = ListQuery::new("/elders", "after=%%%&size=1000000");
        assert_eq!((query.place(), query.size()), (Place::First, 25));
    }

    proptest::proptest! {
        #[test]
        fn any_text_survives_the_way_through_an_address(value in "\\PC+") {
            let href = ListQuery::new("/", "").with("q", &value).href();
            let back = ListQuery::new("/", href.split_once('?').map_or("", |(_, query)| query));
            proptest::prop_assert_eq!(back.get("q"), Some(value.as_str()));
        }
    }
}
