//! The price book that a new platform begins with: national prices of the usual services, to be replaced by each
//! county's own. Amounts, times and subsidies are our defaults, not a norm.

use kernel::Fen;

use super::{Item, PriceBook, Share, Subsidy, Unit, Wanted};

/// Stored codes of the tags in the elders' registry whose bearers pay less here.
const DESTITUTE: i16 = 1;
const MINIMUM_ALLOWANCE: i16 = 2;
const NEAR_POOR: i16 = 3;
const DISABLED: i16 = 7;
const LOST_ONLY_CHILD: i16 = 10;

/// Code, sub-item, name, minutes, price in yuan.
type Line = (&'static str, i16, &'static str, i32, i64);

const LINES: [Line; 29] = [
    ("meal", 101, "助餐送餐", 20, 15),
    ("cooking", 101, "上门做餐", 90, 60),
    ("bath", 102, "助浴", 60, 120),
    ("bath-bed", 102, "床上擦浴", 60, 100),
    ("haircut", 103, "上门理发", 30, 25),
    ("cleaning", 103, "助洁", 120, 80),
    ("laundry", 103, "衣被洗涤", 60, 40),
    ("walk", 104, "助行外出", 60, 50),
    ("clinic", 105, "陪诊半天", 240, 160),
    ("medicine", 105, "助医取药", 60, 45),
    ("urgent", 106, "助急维修", 60, 60),
    ("dressing", 201, "晨晚间照护", 60, 60),
    ("excretion", 202, "排泄护理", 45, 70),
    ("turning", 203, "翻身与压疮预防", 45, 70),
    ("dosing", 204, "用药照护", 30, 35),
    ("rehab", 205, "康复训练", 60, 110),
    ("record", 301, "健康信息采集", 30, 20),
    ("vitals", 302, "血压血糖监测", 30, 25),
    ("advice", 303, "健康咨询", 30, 30),
    ("visit", 401, "上门探访", 30, 0),
    ("check", 402, "应急处置", 60, 0),
    ("company", 501, "陪伴聊天", 60, 40),
    ("easing", 502, "情绪疏导", 60, 90),
    ("comfort", 503, "心理慰藉", 60, 120),
    ("shopping", 601, "代购", 60, 35),
    ("errand", 602, "代办事务", 60, 40),
    ("payment", 603, "代缴费用", 30, 20),
    ("survey", 701, "居家环境评估", 60, 0),
    ("handrail", 702, "安装扶手与防滑", 180, 300),
];

/// The default price book of the nation.
#[must_use]
pub fn national() -> PriceBook {
    PriceBook { items: LINES.into_iter().map(item).collect() }
}

fn item((code, sub_item, name, minutes, yuan): Line) -> Item {
    let at_home = matches!(sub_item / 100, 1 | 2);
    Item {
        code: code.to_owned(),
        sub_item,
        name: name.to_owned(),
        unit: if code == "meal" { Unit::Portion } else { Unit::Visit },
        minutes,
        least_minutes: minutes * 2 / 3,
        price_fen: Fen::yuan(yuan),
        subsidies: if yuan > 0 { subsidies() } else { Vec::new() },
        pair: matches!(code, "bath-bed" | "turning"),
        proofs: if matches!(code, "bath" | "bath-bed" | "excretion") {
            // A photo in the bathroom would be an indignity: the person confirms instead.
            vec![Wanted::Confirmation]
        } else if at_home {
            vec![Wanted::Photos]
        } else {
            Vec::new()
        },
        volunteer: matches!(code, "haircut" | "walk" | "company" | "shopping" | "visit"),
    }
}

fn subsidies() -> Vec<Subsidy> {
    [
        (DESTITUTE, Share::BasisPoints(10_000)),
        (MINIMUM_ALLOWANCE, Share::BasisPoints(8_000)),
        (LOST_ONLY_CHILD, Share::BasisPoints(8_000)),
        (NEAR_POOR, Share::BasisPoints(5_000)),
        (DISABLED, Share::BasisPoints(4_000)),
    ]
    .into_iter()
    .map(|(tag, share)| Subsidy { tag, share })
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_default_book_is_sound_and_touches_all_seven_classes() {
        let book = national();
        assert_eq!(book.check(), Ok(()));
        assert_eq!(book.items.iter().map(Item::class).collect::<BTreeSet<_>>().len(), 7);
    }

    #[test]
    fn nobody_photographs_a_bath() {
        assert_eq!(national().find("bath").unwrap().proofs, [Wanted::Confirmation]);
        assert_eq!(national().find("cleaning").unwrap().proofs, [Wanted::Photos]);
    }
}
