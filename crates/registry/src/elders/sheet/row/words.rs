//! Cells with a word of a closed list: sex, living situation, traits, and columns of yes and no.

use kernel::{Sex, text};

use super::{Certificate, Column, Given, Reading, certificate::word, words};
use crate::{
    elders::vocabulary::{LivingSituation, Tag},
    normal,
};

impl Reading<'_> {
    pub(super) fn sex(&mut self, certificate: Option<&Certificate>) -> Option<Sex> {
        let told = certificate.and_then(Certificate::told).map(|(_, sex)| sex);
        let cell = match self.given(Column::Sex) {
            Given::Cell(cell) => cell,
            Given::Unreadable => return None,
            Given::Nothing => {
                if certificate.is_some() && told.is_none() {
                    self.missing(Column::Sex);
                }
                return told;
            }
        };
        let Some(sex) = read_sex(&word(cell.text)) else {
            if normal::nothing(cell.text).is_some() && told.is_some() {
                return told;
            }
            self.fault(Column::Sex, cell.text, text!("看不出是男是女"), text!("只能填：{words}", words = "男、女"));
            return None;
        };
        let cure = match told {
            Some(Sex::Male) if sex == Sex::Female => text!("证件号码上是男性，核对后改成一致"),
            Some(Sex::Female) if sex == Sex::Male => text!("证件号码上是女性，核对后改成一致"),
            _ => return told.or(Some(sex)),
        };
        self.fault(Column::Sex, cell.text, text!("与证件号码不符"), cure);
        None
    }

    /// A word that nobody knows is noted, and the rest of the person goes in.
    pub(super) fn living(&mut self) -> Option<LivingSituation> {
        let cell = self.optional(Column::Living)?;
        let living = LivingSituation::read(cell.text).or_else(|| LivingSituation::read(&word(cell.text)));
        if living.is_none() {
            let cure = text!("只能填：{words}", words = words(LivingSituation::ALL.iter().map(|l| l.word())));
            self.note(Column::Living, cell.text, text!("没有这种居住状况，没有收"), cure);
        }
        living
    }

    /// Several traits, parted by any of the usual marks, and those of the columns of yes and no; 无 and the like are none. A
    /// word that nobody knows is noted.
    pub(super) fn tags(&mut self) -> Vec<Tag> {
        let mut tags = self.flags();
        let Some(cell) = self.optional(Column::Tags) else { return self.fitting(tags) };
        let parts = cell
            .text
            .split([
                ';', '；', '、', ',', '，', '|', '｜', '/', '\n', '+', '＋', ' ', '。', '.', '．', '&', '和', '及',
                '\\',
            ])
            .map(word);
        for part in parts.filter(|part| !part.is_empty()) {
            match Tag::read(&part) {
                Some(tag) => tags.push(tag),
                None if means_none(&part) => {}
                None => {
                    let cure = text!("能收的是：{words}", words = words(Tag::ALL.iter().map(|t| t.word())));
                    self.note(Column::Tags, &part, text!("没有这种人员类别，没有收"), cure);
                }
            }
        }
        self.fitting(tags)
    }

    /// Traits of the columns of yes and no.
    fn flags(&mut self) -> Vec<Tag> {
        let header = self.header;
        let mut tags = Vec::new();
        for (at, tag) in header.flags() {
            let cell = self.row.cell(at);
            match yes(&word(cell.text)) {
                Some(true) => tags.push(tag),
                Some(false) => {}
                None if Tag::read(&word(cell.text)) == Some(tag) => tags.push(tag),
                None => {
                    let reason = text!("看不出“{column}”是或否，没有收", column = header.heading(at));
                    self.note(Column::Tags, cell.text, reason, text!("只能填：{words}", words = "是、否"));
                }
            }
        }
        tags
    }

    fn fitting(&mut self, mut tags: Vec<Tag>) -> Vec<Tag> {
        tags.sort_unstable();
        tags.dedup();
        if tags.iter().any(|tag| tags.iter().any(|other| tag.excludes(*other))) {
            let value = words(tags.iter().map(|tag| tag.word()));
            let cure = text!("{words}只留现在有效的一项", words = "特困、低保、低保边缘");
            self.fault(Column::Tags, &value, text!("有两项不能同时有效"), cure);
        }
        tags
    }
}

/// What a cell of a column of yes and no says.
fn yes(word: &str) -> Option<bool> {
    Some(match word {
        "是" | "有" | "对" | "Y" | "YES" | "TRUE" | "T" | "1" | "√" | "✓" | "✔" | "☑" | "■" | "●" | "是的" | "属于"
        | "符合" => true,
        "否" | "不是" | "N" | "NO" | "FALSE" | "F" | "×" | "✗" | "✘" | "X" | "☐" | "□" | "不" | "非" | "不属于"
        | "不符合" => false,
        word if normal::nothing(word).is_some() => false,
        _ => return None,
    })
}

fn read_sex(text: &str) -> Option<Sex> {
    Some(match text {
        "男" | "男性" | "1" | "M" | "MALE" | "男士" => Sex::Male,
        "女" | "女性" | "2" | "F" | "FEMALE" | "女士" => Sex::Female,
        "未知" | "0" | "不详" => Sex::Unknown,
        "未说明" | "9" => Sex::Unstated,
        _ => return None,
    })
}

/// Words for an elder without any trait.
fn means_none(text: &str) -> bool {
    const ORDINARY: [&str; 11] = [
        "其他",
        "其它",
        "一般",
        "普通",
        "正常",
        "一般老人",
        "普通老人",
        "一般老年人",
        "普通老年人",
        "社会老人",
        "普通居民",
    ];
    ORDINARY.contains(&text) || normal::nothing(text).is_some()
}
