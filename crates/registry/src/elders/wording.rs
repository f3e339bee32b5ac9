//! The words of what happens to elders' files, for timelines. Opened values are masked again as on any page.

use kernel::{Facts as _, Region, Text, text};
use store::journal::Entry;

use super::{
    erasing::Orderer,
    erasure::Erased,
    events::{Arrived, Changed, Departed, FieldChange, Moved, Registered, TagsEnded, Withdrawn},
    file::mask_phone,
    import::questions::{Answered, State},
    moving::MoveReason,
    vocabulary::Tag,
};
use crate::{
    places,
    timeline::{Told, Tone, Wording},
};

/// The words of the kinds `elder.*`.
#[derive(Clone, Copy, Debug)]
pub struct ElderWording;

impl Wording for ElderWording {
    fn tell(&self, entry: &Entry, private: Option<&[u8]>) -> Option<Told> {
        match entry.kind.as_str() {
            Registered::KIND => {
                let told = Told::new(text!("建立档案")).tone(Tone::Mute);
                let imported = entry.facts::<Registered>().is_ok_and(|facts| facts.run.is_some());
                Some(if imported { told.detail(text!("表格导入")) } else { told })
            }
            Changed::KIND => Some(changed(entry, private)),
            Moved::KIND => {
                let facts: Moved = entry.facts().ok()?;
                let told = Told::new(moved(facts.from, facts.to)).tone(Tone::Mute);
                Some(because(told, facts.reason.as_deref()))
            }
            TagsEnded::KIND => {
                let facts: TagsEnded = entry.facts().ok()?;
                let words: Vec<_> =
                    facts.tags_removed.iter().filter_map(|code| Tag::of(*code)).map(Tag::word).collect();
                Some(Told::new(text!("人员类别到期：{tags}", tags = words.join("、"))).tone(Tone::Mute))
            }
            Erased::KIND => {
                let facts: Erased = entry.facts().ok()?;
                let told = Told::new(text!("个人信息已删除")).tone(Tone::Mute);
                Some(match facts.ordered_by.as_deref().and_then(Orderer::named) {
                    Some(by) => told.detail(Text::new(by.word())),
                    None => told,
                })
            }
            Answered::KIND => {
                let facts: Answered = entry.facts().ok()?;
                let told = Told::new(text!("导入时问过是不是同一个人")).tone(Tone::Mute);
                Some(match State::of(facts.answer) {
                    Some(answer) => told.detail(Text::new(answer.word())),
                    None => told,
                })
            }
            Withdrawn::KIND => Some(Told::new(text!("登记撤销")).tone(Tone::Mute).detail(text!("撤销导入"))),
            Departed::KIND => {
                let facts: Departed = entry.facts().ok()?;
                let told = Told::new(text!("迁出，迁往{place}", place = full(facts.county))).tone(Tone::Mute);
                Some(because(told, Some(&facts.reason)))
            }
            Arrived::KIND => {
                let facts: Arrived = entry.facts().ok()?;
                let told = Told::new(text!("从{place}迁入", place = full(facts.county))).tone(Tone::Mute);
                Some(because(told, Some(&facts.reason)))
            }
            _ => None,
        }
    }
}

fn changed(entry: &Entry, private: Option<&[u8]>) -> Told {
    let changes: Vec<FieldChange> = private.and_then(|json| serde_json::from_slice(json).ok()).unwrap_or_default();
    let facts = entry.facts::<Changed>().ok().filter(|facts| facts.run.is_some());
    let mut sentences = changes.iter().map(sentence);
    let first = sentences.next().unwrap_or_else(|| text!("档案有修改"));
    let told = sentences.fold(Told::new(first).tone(Tone::Mute), Told::detail);
    match facts {
        Some(facts) if facts.undone => told.detail(text!("撤销导入")),
        Some(_) => told.detail(text!("表格导入")),
        None => told,
    }
}

/// One changed field; what is sealed in the file is masked or left out.
pub(super) fn sentence(change: &FieldChange) -> Text {
    let (from, to) = (change.from.as_str(), change.to.as_str());
    let phones = |added: Text, both: Text, gone: Text| match (from.is_empty(), to.is_empty()) {
        (true, _) => added.with("to", mask_phone(to)),
        (false, true) => gone.with("from", mask_phone(from)),
        (false, false) => both.with("to", mask_phone(to)).with("from", mask_phone(from)),
    };
    let place = |text: &str| text.parse::<Region>().ok().and_then(places::name).unwrap_or_default().to_owned();
    match change.field.as_str() {
        "name" => text!("姓名由{from}改为{to}", from = from, to = to),
        "mobile" => phones(text!("登记手机 {to}"), text!("手机由 {from} 改为 {to}"), text!("不再登记手机 {from}")),
        "landline" => {
            phones(text!("登记固定电话 {to}"), text!("固定电话由 {from} 改为 {to}"), text!("不再登记固定电话 {from}"))
        }
        "place" => text!("居住地由{from}改为{to}", from = place(from), to = place(to)),
        "living" if from.is_empty() => text!("居住状况登记为{to}").with_words("to", to),
        "living" if to.is_empty() => text!("不再登记居住状况"),
        "living" => text!("居住状况由{from}改为{to}").with_words("from", from).with_words("to", to),
        "tags" if to.is_empty() => text!("不再有人员类别"),
        "tags" => text!("人员类别改为{to}").with_words("to", to),
        "tag_end" if to.is_empty() => text!("{tag}不再有到期日").with_words("tag", from),
        "tag_end" => text!("{tag}的到期日定为 {day}", day = to).with_words("tag", from),
        "address" => text!("居住地址有修改"),
        "hukou_address" => text!("户籍地址有修改"),
        "contact" => text!("紧急联系人有修改"),
        "point" => text!("住处位置有修改"),
        "cert_number" => text!("证件号码有修改"),
        "remark" => text!("备注有修改"),
        _ => text!("档案有修改"),
    }
}

fn because(told: Told, reason: Option<&str>) -> Told {
    match reason.and_then(MoveReason::named) {
        Some(reason) => told.detail(Text::new(reason.word())),
        None => told,
    }
}

fn full(place: Region) -> String {
    places::full_name(place).unwrap_or_default()
}

fn moved(from: Region, to: Region) -> Text {
    let name = |place: Region| places::name(place).unwrap_or_default();
    text!("居住地由{from}改为{to}", from = name(from), to = name(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(field: &str, from: &str, to: &str) -> String {
        sentence(&FieldChange { field: field.into(), from: from.into(), to: to.into() }).to_string()
    }

    #[test]
    fn a_changed_number_is_told_masked_and_an_address_not_at_all() {
        assert_eq!(said("mobile", "13800000001", "13900006071"), "手机由 138****0001 改为 139****6071");
        assert_eq!(said("mobile", "", "13900006071"), "登记手机 139****6071");
        assert_eq!(said("address", "榆园 1 号楼", "榆园 2 号楼"), "居住地址有修改");
        assert_eq!(said("contact", "", "李建华 13900002206"), "紧急联系人有修改");
        assert_eq!(said("place", "411002", "411003"), "居住地由魏都区改为建安区");
        assert_eq!(said("unheard", "1", "2"), "档案有修改");
    }
}
