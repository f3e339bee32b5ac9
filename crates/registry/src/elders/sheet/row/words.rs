//! Cells with a word of a closed list: sex, living situation, tags.

use kernel::{Sex, text};

use super::{Certificate, Column, Given, Reading, certificate::without_blanks, words};
use crate::elders::vocabulary::{LivingSituation, Tag};

impl Reading<'_> {
    pub(super) fn sex(&mut self, certificate: Option<&Certificate>) -> Option<Sex> {
        let told = certificate.and_then(Certificate::told).map(|(_, sex)| sex);
        let cell = match self.given(Column::Sex) {
            Given::Cell(cell) => cell,
            Given::Unreadable => return None,
            Given::Nothing => {
                if certificate.is_some() && told.is_none() {
                    self.fault(Column::Sex, "", text!("没有填写"), text!("请补上"));
                }
                return told;
            }
        };
        let Some(sex) = read_sex(cell.text) else {
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

    pub(super) fn living(&mut self) -> Option<LivingSituation> {
        let cell = self.optional(Column::Living)?;
        let living = LivingSituation::read(cell.text).or_else(|| LivingSituation::read(&without_blanks(cell.text)));
        if living.is_none() {
            let cure = text!("只能填：{words}", words = words(LivingSituation::ALL.iter().map(|l| l.word())));
            self.fault(Column::Living, cell.text, text!("没有这种居住状况"), cure);
        }
        living
    }

    /// Several tags, parted by any of the usual marks; 无 and the like are none.
    pub(super) fn tags(&mut self) -> Vec<Tag> {
        let Some(cell) = self.optional(Column::Tags) else { return Vec::new() };
        let mut tags = Vec::new();
        let parts = cell.text.split([';', '；', '、', ',', '，', '|', '｜', '/', '\n', '+', '＋']).map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            let part = without_blanks(part);
            match Tag::read(&part) {
                Some(tag) => tags.push(tag),
                None if means_none(&part) => {}
                None => {
                    let cure = text!("只能填：{words}，用分号隔开", words = words(Tag::ALL.iter().map(|t| t.word())));
                    self.fault(Column::Tags, &part, text!("没有这种人员类别"), cure);
                }
            }
        }
        tags.sort_unstable();
        tags.dedup();
        if tags.iter().any(|tag| tags.iter().any(|other| tag.excludes(*other))) {
            let cure = text!("{words}只留现在有效的一项", words = "特困、低保、低保边缘");
            self.fault(Column::Tags, cell.text, text!("有两项不能同时有效"), cure);
        }
        tags
    }
}

fn read_sex(text: &str) -> Option<Sex> {
    Some(match text {
        "男" | "男性" | "1" | "M" | "m" => Sex::Male,
        "女" | "女性" | "2" | "F" | "f" => Sex::Female,
        "未知" | "0" | "不详" => Sex::Unknown,
        "未说明" | "9" => Sex::Unstated,
        _ => return None,
    })
}

/// Words for an elder without any tag.
fn means_none(text: &str) -> bool {
    matches!(
        text,
        "无" | "其他"
            | "其它"
            | "一般"
            | "普通"
            | "一般老人"
            | "普通老人"
            | "一般老年人"
            | "普通老年人"
            | "社会老人"
            | "-"
            | "—"
    )
}
