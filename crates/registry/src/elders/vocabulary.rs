//! The words of an elder's file: kinds of certificates, living situations, tags. Each word has a stored code that never
//! changes, its Chinese word, and the other words that offices write for it.

use kernel::words;

words! {
    /// Kind of a person's certificate; the ways an elder without a resident identity card is known, too.
    pub enum CertKind {
        /// GB 11643: 18 characters.
        ResidentId = 1, "居民身份证" | "身份证" | "二代身份证" | "第二代居民身份证" | "户口簿" | "户口本";
        /// Residence permit of people from Hong Kong, Macao and Taiwan: form of GB 11643, prefixes 81, 82 and 83.
        HkMoTwPermit = 2, "港澳台居民居住证" | "港澳居民居住证" | "台湾居民居住证" | "港澳台居住证";
        /// Permanent residence card of foreigners: 18 digits that begin with 9, or the old form of 3 letters and 12 digits.
        ForeignPermanent = 3, "外国人永久居留证" | "外国人永久居留身份证" | "外国人永居证" | "永久居留证" | "五星卡";
        /// Passport of any country.
        Passport = 4, "护照" | "外国护照" | "中国护照";
        /// No certificate: such elders live in institutions.
        None = 9, "无证件" | "无" | "没有证件" | "无身份证" | "黑户";
    }
}

words! {
    /// With whom an elder lives (GB/T 42195-2022 annex A), the main one where several are true.
    pub enum LivingSituation {
        /// Alone.
        Alone = 1, "独居" | "单独居住" | "独自居住" | "一人居住" | "独自生活" | "自己住";
        /// With the spouse.
        Spouse = 2, "与配偶居住" | "配偶" | "与配偶同住" | "和配偶居住" | "和老伴居住" | "与老伴同住" | "夫妻同住" | "夫妻居住" | "与配偶" | "与配偶/伴侣居住";
        /// With children, the spouse perhaps included.
        Children = 3, "与子女居住" | "子女" | "与子女同住" | "和子女居住" | "与配偶子女居住" | "与配偶及子女同住" | "与配偶及子女居住" | "与配偶子女同住" | "与子女" | "与儿女同住" | "与家人同住" | "与家人居住";
        /// With parents.
        Parents = 4, "与父母居住" | "父母" | "与父母同住" | "和父母居住" | "与父母";
        /// With brothers or sisters.
        Siblings = 5, "与兄弟姐妹居住" | "兄弟姐妹" | "与兄弟姐妹同住" | "和兄弟姐妹居住" | "与兄弟姐妹";
        /// With other kin.
        OtherKin = 6, "与其他亲属居住" | "其他亲属" | "与其他亲属同住" | "与亲属同住" | "与亲戚同住" | "与孙辈同住" | "和其他亲属居住";
        /// With people who are no kin.
        NotKin = 7, "与非亲属居住" | "非亲属" | "与非亲属同住" | "与非亲属关系的人居住" | "和非亲属居住" | "与保姆同住";
        /// In an institution.
        Institution = 8, "养老机构" | "机构" | "住养老机构" | "入住养老机构" | "机构养老" | "敬老院" | "养老院" | "福利院" | "集中供养";
    }
}

words! {
    /// A trait of a person for which an office is answerable.
    pub enum Tag {
        /// Without means, supporter and ability to work.
        Destitute = 1, "特困" | "特困人员" | "特困供养" | "特困老人" | "五保" | "五保户" | "特困供养人员" | "城市特困" | "农村特困";
        /// Household on minimum allowance.
        MinimumAllowance = 2, "低保" | "低保户" | "低保对象" | "最低生活保障" | "低保老人" | "城市低保" | "农村低保" | "城乡低保" | "最低生活保障对象";
        /// Household just above the minimum allowance.
        NearPoor = 3, "低保边缘" | "低保边缘户" | "边缘" | "低收入" | "低收入家庭" | "低保边缘家庭" | "低保边缘人口";
        /// Lives alone.
        Alone = 4, "独居" | "独居老人" | "孤寡" | "孤寡老人";
        /// No child lives in the home.
        EmptyNest = 5, "空巢" | "空巢老人";
        /// Rural, all children away from the home place.
        LeftBehind = 6, "留守" | "留守老人";
        /// Loss of ability.
        Disabled = 7, "失能" | "失能老人" | "半失能" | "部分失能" | "完全失能" | "重度失能" | "中度失能" | "轻度失能";
        /// Dementia, F00–F03.
        Dementia = 8, "失智" | "失智老人" | "认知症" | "认知障碍" | "老年痴呆" | "阿尔茨海默";
        /// Severe disability with a certificate of grade 1 or 2.
        SeverelyDisabled = 9, "重残" | "重度残疾" | "重残老人" | "一级残疾" | "二级残疾" | "残疾一级" | "残疾二级";
        /// The only child died or is disabled.
        LostOnlyChild = 10, "计生特殊家庭" | "计生特扶" | "失独" | "失独老人" | "计生" | "计划生育特殊家庭" | "特扶";
        /// Entitled by military service of the person or kin.
        Entitled = 11, "优抚" | "优抚对象" | "退役军人" | "烈属" | "复员军人" | "重点优抚对象";
        /// Eighty years and older.
        Aged = 12, "高龄" | "高龄老人" | "80岁以上" | "80周岁以上";
    }
}

impl Tag {
    /// Whether one person cannot have both at a time: support for the destitute, minimum allowance and the edge of it
    /// are three steps of one ladder.
    #[must_use]
    pub fn excludes(self, other: Self) -> bool {
        let ladder = [Self::Destitute, Self::MinimumAllowance, Self::NearPoor];
        self != other && ladder.contains(&self) && ladder.contains(&other)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_stored_code_means_one_word_for_ever() {
        let codes: Vec<_> = Tag::ALL.iter().map(|t| (t.code(), t.word())).collect();
        assert_eq!(codes[0], (1, "特困"));
        assert_eq!(codes[11], (12, "高龄"));
        assert_eq!(codes.iter().map(|c| c.0).collect::<HashSet<_>>().len(), Tag::ALL.len());
        for kind in CertKind::ALL {
            assert_eq!(CertKind::of(kind.code()), Some(*kind));
        }
        for living in LivingSituation::ALL {
            assert_eq!(LivingSituation::of(living.code()), Some(*living));
        }
        assert_eq!(Tag::of(99), None);
    }

    #[test]
    fn offices_write_one_thing_in_many_words() {
        assert_eq!(Tag::read("五保户"), Some(Tag::Destitute));
        assert_eq!(Tag::read("低保边缘户"), Some(Tag::NearPoor));
        assert_eq!(LivingSituation::read("和老伴居住"), Some(LivingSituation::Spouse));
        assert_eq!(CertKind::read("身份证"), Some(CertKind::ResidentId));
        assert_eq!(Tag::read("富裕"), None);
    }

    #[test]
    fn nobody_is_destitute_and_on_minimum_allowance() {
        assert!(Tag::Destitute.excludes(Tag::MinimumAllowance) && Tag::NearPoor.excludes(Tag::Destitute));
        assert!(!Tag::Destitute.excludes(Tag::Destitute) && !Tag::Destitute.excludes(Tag::Alone));
    }
}
