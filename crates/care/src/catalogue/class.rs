//! The seven classes of door-to-door service and their sub-items, as GB/T 43153-2023 lists them (its service content).

use kernel::words;

words! {
    /// A class of service of GB/T 43153-2023.
    #[derive(utoipa::ToSchema)]
    pub enum Class {
        /// Meals, bathing, cleaning, walking, medical errands, urgent help.
        LifeCare = 1, "life_care", "生活照料";
        /// Dressing, feeding, excretion, turning, medicine, rehabilitation.
        BasicCare = 2, "basic_care", "基础照护";
        /// Collecting, watching, advising, intervening.
        Health = 3, "health", "健康管理";
        /// Visits, and handling what they find.
        Visiting = 4, "visiting", "探访关爱";
        /// Company, easing, comfort.
        Comfort = 5, "comfort", "精神慰藉";
        /// Buying, doing, paying on behalf.
        Errands = 6, "errands", "委托代办";
        /// Assessment of the home, basic and special adaptation.
        Adaptation = 7, "adaptation", "居家适老化改造";
    }
}

/// A sub-item of the standard: its class × 100 + its place in the standard's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubItem {
    /// `102` is 助浴.
    pub code: i16,
    /// The Chinese word.
    pub word: &'static str,
}

/// All sub-items, in the order of the standard.
pub const SUB_ITEMS: [SubItem; 26] = [
    sub(101, "助餐"),
    sub(102, "助浴"),
    sub(103, "助洁"),
    sub(104, "助行"),
    sub(105, "助医"),
    sub(106, "助急"),
    sub(201, "生活照护"),
    sub(202, "排泄护理"),
    sub(203, "护理协助"),
    sub(204, "用药照护"),
    sub(205, "康复护理"),
    sub(301, "信息采集"),
    sub(302, "健康监测"),
    sub(303, "健康咨询"),
    sub(304, "健康干预"),
    sub(401, "上门探访"),
    sub(402, "应急处置"),
    sub(501, "陪伴支持"),
    sub(502, "情绪疏导"),
    sub(503, "心理慰藉"),
    sub(601, "代购"),
    sub(602, "代办"),
    sub(603, "代缴"),
    sub(701, "环境评估"),
    sub(702, "基础改造"),
    sub(703, "专项改造"),
];

const fn sub(code: i16, word: &'static str) -> SubItem {
    SubItem { code, word }
}

impl SubItem {
    /// The sub-item of a code.
    #[must_use]
    pub fn of(code: i16) -> Option<Self> {
        SUB_ITEMS.into_iter().find(|item| item.code == code)
    }

    /// Its class.
    #[must_use]
    pub const fn class(self) -> Class {
        match Class::of(self.code / 100) {
            Some(class) => class,
            None => Class::LifeCare,
        }
    }
}

impl Class {
    /// The bit of this class in a worker's skills.
    #[must_use]
    pub const fn skill(self) -> i64 {
        1 << self.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_the_seven_classes_has_its_sub_items_of_the_standard() {
        let counts: Vec<_> =
            Class::ALL.iter().map(|class| SUB_ITEMS.iter().filter(|item| item.class() == *class).count()).collect();
        assert_eq!(counts, [6, 5, 4, 2, 3, 3, 3]);
        assert!(SUB_ITEMS.iter().all(|item| Class::of(item.code / 100).is_some()));
        assert_eq!(SubItem::of(102).map(|item| item.word), Some("助浴"));
        assert_eq!(SubItem::of(799), None);
    }
}
