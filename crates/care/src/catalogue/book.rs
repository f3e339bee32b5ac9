//! The price book: what may be ordered at a place, what it costs and who pays which part. A rulebook, so a county
//! changes it without a new program.

use kernel::{Fen, FieldRefusal, Refused, Text, text};
use serde::{Deserialize, Serialize};
use store::rulebooks::Rules;
use utoipa::ToSchema;

use super::{Class, SubItem};

/// The rulebook `care.prices`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceBook {
    /// What may be ordered, in the order of the menu.
    pub items: Vec<Item>,
}

impl Rules for PriceBook {
    const KIND: &'static str = "care.prices";

    /// A wider place's subsidies are floors: a line of the same code may pay more to a tag, never less.
    fn undercuts(&self, above: &Self) -> Option<Text> {
        self.items.iter().find_map(|item| {
            let floor = above.find(&item.code)?;
            let cut = floor.subsidies.iter().find(|least| {
                let paid = |subsidies: &[Subsidy]| {
                    let of = Item { subsidies: subsidies.to_vec(), ..item.clone() };
                    of.parts(1_i64.checked_shl(least.tag.unsigned_abs().into()).unwrap_or(0)).subsidy
                };
                paid(&item.subsidies) < paid(std::slice::from_ref(least))
            })?;
            let tag = registry::elders::vocabulary::Tag::of(cut.tag).map_or("", |tag| tag.word());
            Some(text!("项目“{code}”给“{tag}”的补贴低于上级的标准", code = item.code, tag = tag))
        })
    }
}

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Item {
    /// The county's code of it: letters, digits and hyphens, at most 32.
    pub code: String,
    /// The sub-item of GB/T 43153-2023 that it is.
    pub sub_item: i16,
    /// What people call it.
    pub name: String,
    /// What is counted.
    pub unit: Unit,
    /// Planned time of one unit, in minutes.
    pub minutes: i32,
    /// Time below which a visit is too short, in minutes.
    pub least_minutes: i32,
    /// Price of one unit.
    #[schema(value_type = i64)]
    pub price_fen: Fen,
    /// Who pays less, and how much the public purse pays; the best one for the elder counts.
    #[serde(default)]
    pub subsidies: Vec<Subsidy>,
    /// Two workers must come.
    #[serde(default)]
    pub pair: bool,
    /// What proves it beyond place and time.
    #[serde(default)]
    pub proofs: Vec<Wanted>,
    /// A volunteer may do it.
    #[serde(default)]
    pub volunteer: bool,
}

/// What is counted and priced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 次.
    Visit,
    /// 小时.
    Hour,
    /// 份.
    Portion,
}

impl Unit {
    /// The Chinese word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Visit => "次",
            Self::Hour => "小时",
            Self::Portion => "份",
        }
    }
}

/// A proof that an item wants beside place and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// A photo before and one after.
    Photos,
    /// The elder's or the family's confirmation on the spot.
    Confirmation,
}

/// What the public purse pays for elders with a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subsidy {
    /// The tag's stored code in the elders' registry.
    pub tag: i16,
    /// How much: `{"basis_points": 8000}` of the price, or `{"fen": 3000}`.
    #[schema(value_type = Object)]
    pub share: Share,
}

/// A share of the price, or an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// Ten-thousandths of the price.
    BasisPoints(i64),
    /// An amount, at most the price.
    Fen(Fen),
}

/// What an order costs and who pays it; the parts add up to the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The price.
    pub price: Fen,
    /// What the public purse pays.
    pub subsidy: Fen,
    /// What the elder pays.
    pub own: Fen,
}

impl Item {
    /// Its class; that of an unknown sub-item does not pass [`PriceBook::check`].
    #[must_use]
    pub fn class(&self) -> Class {
        SubItem::of(self.sub_item).map_or(Class::LifeCare, SubItem::class)
    }

    /// Its sub-item of GB/T 43153-2023; none does not pass [`PriceBook::check`].
    #[must_use]
    pub fn sub_item(&self) -> Option<SubItem> {
        SubItem::of(self.sub_item)
    }

    /// Who pays what for an elder whose tags are the set bits (bit n is the tag of code n).
    #[must_use]
    pub fn parts(&self, tags: i64) -> Parts {
        let price = self.price_fen;
        let paid = |share| match share {
            Share::BasisPoints(points) => price.share(points),
            Share::Fen(amount) => amount,
        };
        let holds = |tag: i16| (0..63).contains(&tag) && tags & (1 << tag) != 0;
        let best = self.subsidies.iter().filter(|s| holds(s.tag)).map(|s| paid(s.share)).max().unwrap_or(Fen::ZERO);
        let subsidy = best.clamp(Fen::ZERO, price);
        Parts { price, subsidy, own: Fen(price.0 - subsidy.0) }
    }

    fn is_code(&self) -> bool {
        !self.code.is_empty()
            && self.code.len() <= 32
            && self.code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    }

    fn fault(&self) -> Option<kernel::Text> {
        let code = &self.code;
        let share_is_wrong = |s: &Subsidy| match s.share {
            Share::BasisPoints(points) => !(0..=10_000).contains(&points),
            Share::Fen(amount) => amount < Fen::ZERO || amount > self.price_fen,
        };
        if !self.is_code() {
            Some(text!("项目代码“{code}”只能用字母、数字和短横线，最多 32 位", code = code))
        } else if SubItem::of(self.sub_item).is_none() {
            Some(text!("项目“{code}”不属于国家标准的任何小类", code = code))
        } else if self.name.trim().is_empty() {
            Some(text!("项目“{code}”没有名称", code = code))
        } else if !(5..=1_440).contains(&self.minutes) || !(0..=self.minutes).contains(&self.least_minutes) {
            Some(text!("项目“{code}”的时长要在 5 到 1440 分钟之间，最短时长不能更长", code = code))
        } else if self.price_fen < Fen::ZERO || self.price_fen > Fen::yuan(100_000) {
            Some(text!("项目“{code}”的价格要在 0 到 100,000 元之间", code = code))
        } else if self.subsidies.iter().any(share_is_wrong) {
            Some(text!("项目“{code}”的补贴不能是负数，也不能多于价格", code = code))
        } else {
            None
        }
    }
}

impl PriceBook {
    /// The line of a code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code == code)
    }

    /// Passes when every line is sound and no code stands twice.
    ///
    /// # Errors
    /// Invalid input, with the first fault of each line.
    pub fn check(&self) -> Result<(), Refused> {
        let mut faults: Vec<_> = self.items.iter().filter_map(Item::fault).collect();
        for (n, item) in self.items.iter().enumerate() {
            if self.items[..n].iter().any(|other| other.code == item.code) {
                faults.push(text!("项目代码“{code}”出现了两次", code = item.code));
            }
        }
        if faults.is_empty() {
            return Ok(());
        }
        Err(Refused::invalid(faults.into_iter().map(|text| FieldRefusal { field: "items", text }).collect()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::national;

    fn bath() -> Item {
        national().find("bath").unwrap().clone()
    }

    #[test]
    fn the_best_subsidy_of_an_elders_tags_counts() {
        let item = Item {
            price_fen: Fen::yuan(120),
            subsidies: vec![
                Subsidy { tag: 2, share: Share::BasisPoints(8_000) },
                Subsidy { tag: 12, share: Share::Fen(Fen::yuan(30)) },
            ],
            ..bath()
        };
        let paid = |tags| (item.parts(tags).subsidy, item.parts(tags).own);
        assert_eq!(paid(0), (Fen::ZERO, Fen::yuan(120)));
        assert_eq!(paid(1 << 12), (Fen::yuan(30), Fen::yuan(90)));
        assert_eq!(paid(1 << 12 | 1 << 2), (Fen::yuan(96), Fen::yuan(24)));
    }

    #[test]
    fn a_subsidy_of_above_is_a_floor() {
        let with = |share| PriceBook { items: vec![Item { subsidies: vec![Subsidy { tag: 2, share }], ..bath() }] };
        let floor = with(Share::BasisPoints(8_000));
        assert_eq!(with(Share::BasisPoints(8_000)).undercuts(&floor), None);
        assert_eq!(with(Share::Fen(Fen::yuan(96))).undercuts(&floor), None, "the same at this price");
        for less in [Share::BasisPoints(7_999), Share::Fen(Fen(9_599))] {
            assert!(with(less).undercuts(&floor).unwrap().to_string().contains("补贴低于上级"));
        }
        let another = PriceBook { items: vec![Item { code: "nails".into(), subsidies: vec![], ..bath() }] };
        assert_eq!(another.undercuts(&floor), None, "a line that above has not");
    }

    #[test]
    fn a_faulty_line_is_refused_with_its_code() {
        let with = |change: fn(&mut Item)| {
            let mut item = bath();
            change(&mut item);
            PriceBook { items: vec![item] }.check().map_err(|refused| refused.fields[0].text.to_string())
        };
        assert_eq!(with(|_| ()), Ok(()));
        for (change, told) in [
            ((|i| i.code = "洗 澡".into()) as fn(&mut Item), "只能用字母"),
            (|i| i.sub_item = 199, "国家标准"),
            (|i| i.name = " ".into(), "没有名称"),
            (|i| i.least_minutes = i.minutes + 1, "最短时长"),
            (|i| i.price_fen = Fen(-1), "价格"),
            (|i| i.subsidies = vec![Subsidy { tag: 1, share: Share::BasisPoints(10_001) }], "补贴"),
        ] {
            assert!(with(change).unwrap_err().contains(told), "{told}");
        }
        let twice = PriceBook { items: vec![bath(), bath()] }.check().unwrap_err();
        assert!(twice.fields[0].text.to_string().contains("两次"));
    }

    proptest! {
        #[test]
        fn the_parts_add_up_to_the_price(price in 0_i64..10_000_000, points in 0_i64..=10_000, fen in 0_i64..20_000_000, tags in any::<i64>()) {
            let item = Item {
                price_fen: Fen(price),
                subsidies: vec![
                    Subsidy { tag: 1, share: Share::BasisPoints(points) },
                    Subsidy { tag: 2, share: Share::Fen(Fen(fen)) },
                ],
                ..bath()
            };
            let parts = item.parts(tags);
            prop_assert_eq!(parts.subsidy.0 + parts.own.0, price);
            prop_assert!(parts.subsidy >= Fen::ZERO && parts.own >= Fen::ZERO);
        }
    }
}
