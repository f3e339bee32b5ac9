//! What a list of elders is narrowed to, as its address says it: the filter for the query, the chips and the fields that
//! show it.

use chrono::{Datelike, NaiveDate};
use kernel::{PlaceRange, Region, Scope, Text, text};
use web::{
    form::{Choice, Field, Kind},
    head::Label,
    list::{Chip, SavedView},
    query::ListQuery,
};

use crate::{
    elders::{Elder, queries::Filter, vocabulary::Tag},
    places,
};

/// Ages from which people ask for.
const AGES: [i32; 4] = [70, 80, 90, 100];

/// The filters of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narrowed {
    /// Only in this place.
    pub place: Option<Region>,
    /// Only with all these traits.
    pub tags: Vec<Tag>,
    /// Only of this age and over.
    pub age: Option<i32>,
    /// Only of this sex code.
    pub sex: Option<i16>,
}

impl Narrowed {
    /// Reads an address; what it does not understand does not narrow.
    #[must_use]
    pub fn of(query: &ListQuery) -> Self {
        let tag = |text: &str| text.parse().ok().and_then(Tag::of);
        let mut tags: Vec<Tag> = query.all("tag").filter_map(tag).collect();
        tags.dedup();
        Self {
            place: query.get("place").and_then(|text| text.parse().ok()),
            tags,
            age: query.get("age").and_then(|text| text.parse().ok()).filter(|age| AGES.contains(age)),
            sex: query.get("sex").and_then(|text| text.parse().ok()).filter(|sex| [1, 2].contains(sex)),
        }
    }

    /// The filter of the query on a day.
    #[must_use]
    pub fn filter(&self, today: NaiveDate) -> Filter {
        Filter {
            place: self.place,
            tags: self.tags.clone(),
            born_by: self.age.and_then(|age| years_before(today, age)),
            sex: self.sex,
        }
    }

    /// The scope, no wider than the place that was chosen.
    #[must_use]
    pub fn within(&self, scope: Scope) -> Scope {
        match (scope, self.place) {
            (Scope::Place(range), Some(place)) => {
                Scope::Place(range.meet(place.range()).unwrap_or(PlaceRange { lo: 1, hi: 0 }))
            }
            (scope, _) => scope,
        }
    }

    /// Whether a row that was found otherwise meets the filters; its place is the scope's business.
    #[must_use]
    pub fn admits(&self, elder: &Elder, today: NaiveDate) -> bool {
        let held = elder.tags();
        self.tags.iter().all(|tag| held.contains(tag))
            && self.age.is_none_or(|age| elder.age(today).is_some_and(|is| is >= age))
            && self.sex.is_none_or(|sex| elder.sex == sex)
    }

    /// Whether anything narrows.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// The filters in words.
    #[must_use]
    pub fn chips(&self) -> Vec<Chip> {
        let mut chips = Vec::new();
        if let Some(place) = self.place {
            let name = places::name(place).unwrap_or_default();
            chips.push(Chip { label: text!("地区：{place}", place = name).into(), name: "place" });
        }
        match self.tags.as_slice() {
            [] => {}
            [tag] => chips.push(Chip { label: Text::new(tag.word()).into(), name: "tag" }),
            tags => {
                let words: Vec<_> = tags.iter().map(|tag| tag.word()).collect();
                let label = text!("同时有：{tags}", tags = words.join("、"));
                chips.push(Chip { label: label.into(), name: "tag" });
            }
        }
        if let Some(age) = self.age {
            chips.push(Chip { label: at_least(age).into(), name: "age" });
        }
        if let Some(sex) = self.sex {
            chips.push(Chip { label: super::signs::sex(kernel::Sex::of(sex)).into(), name: "sex" });
        }
        chips
    }

    /// The fields of 更多筛选. Places drill down: those below the chosen one, and the way back up within the scope.
    #[must_use]
    pub fn fields(&self, top: Option<Region>) -> Vec<Field> {
        let tag = |tag: &Tag| Choice::new(tag.code().to_string(), Text::new(tag.word()));
        let mut tags =
            Field::new("tag", text!("人员类别"), Kind::Checks(Tag::ALL.iter().map(tag).collect())).optional();
        tags.values = self.tags.iter().map(|tag| tag.code().to_string()).collect();
        let ages = AGES.map(|age| Choice::new(age.to_string(), at_least(age))).to_vec();
        let sexes = [1, 2].map(|sex| Choice::new(sex.to_string(), super::signs::sex(kernel::Sex::of(sex)))).to_vec();
        let chosen = |field: Field, value: Option<String>| match value {
            Some(value) => field.value(value).optional(),
            None => field.optional(),
        };
        vec![
            chosen(
                Field::new("place", text!("地区"), Kind::Select(self.places(top))),
                self.place.map(|place| place.code().to_string()),
            ),
            tags,
            chosen(Field::new("age", text!("年龄"), Kind::Select(ages)).short(), self.age.map(|age| age.to_string())),
            chosen(
                Field::new("sex", text!("性别"), Kind::Select(sexes)).short().beside(),
                self.sex.map(|sex| sex.to_string()),
            ),
        ]
    }

    fn places(&self, top: Option<Region>) -> Vec<Choice> {
        let Some(here) = self.place.or(top) else { return Vec::new() };
        let mut line: Vec<Region> =
            here.line().filter(|place| top.is_some_and(|top| top.contains(*place) && top != *place)).collect();
        line.reverse();
        let name = |place: Region| Label::data(places::name(place).unwrap_or_default());
        let up = line.into_iter().map(|place| Choice::new(place.code().to_string(), name(place)));
        let below = places::children(here).into_iter();
        up.chain(below.map(|place| Choice::new(place.region.code().to_string(), Label::data(place.name)))).collect()
    }

    /// The usual views of the list.
    #[must_use]
    pub fn views(&self) -> Vec<SavedView> {
        let view = |words: Text, tags: &[Tag], age: Option<i32>| {
            let wanted = Self { tags: tags.to_vec(), age, ..Self::default() };
            let tags = tags.iter().map(|tag| format!("tag={}", tag.code()));
            let pairs: Vec<String> = tags.chain(age.map(|age| format!("age={age}"))).collect();
            let href = if pairs.is_empty() { "/elders".to_owned() } else { format!("/elders?{}", pairs.join("&")) };
            SavedView { label: words.into(), href, count: None, current: wanted == *self }
        };
        vec![
            view(text!("全部"), &[], None),
            view(text!("80 岁以上独居"), &[Tag::Alone], Some(80)),
            view(text!("特困"), &[Tag::Destitute], None),
            view(text!("低保"), &[Tag::MinimumAllowance], None),
            view(text!("失能"), &[Tag::Disabled], None),
            view(text!("90 岁以上"), &[], Some(90)),
        ]
    }
}

fn at_least(age: i32) -> Text {
    text!("{n} 岁以上", n = age)
}

/// The last birth date of those who are `years` old; somebody born on 29 February has the birthday on 1 March.
fn years_before(today: NaiveDate, years: i32) -> Option<NaiveDate> {
    let year = today.year() - years;
    today.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Narrowed {
        Narrowed::of(&ListQuery::new("/elders", query))
    }

    #[test]
    fn an_address_narrows_by_what_it_understands() {
        let narrowed = read("place=411002001&tag=4&tag=99&age=80&age=x&sex=7");
        assert_eq!(narrowed.place, Some("411002001000".parse().unwrap()));
        assert_eq!((narrowed.tags.as_slice(), narrowed.age, narrowed.sex), (&[Tag::Alone][..], Some(80), None));
        assert_eq!(narrowed.chips().len(), 3);
        assert!(read("place=x&age=81").is_open());
    }

    #[test]
    fn who_turns_eighty_today_is_eighty() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(years_before(day("2026-11-21"), 80), Some(day("1946-11-21")));
        assert_eq!(years_before(day("2024-02-29"), 81), Some(day("1943-02-28")));
    }

    #[test]
    fn no_place_outside_the_scope_is_offered_or_reached() {
        let county: Region = "411002".parse().unwrap();
        let Kind::Select(choices) = read("place=411002001").fields(Some(county)).swap_remove(0).kind else { panic!() };
        assert!(choices.iter().all(|choice| choice.value.starts_with("411002")), "{choices:?}");
        assert_eq!(choices[0].value, "411002001000");
        let outside = read("place=411003").within(Scope::of(county));
        assert_eq!(outside, Scope::Place(PlaceRange { lo: 1, hi: 0 }));
    }
}
