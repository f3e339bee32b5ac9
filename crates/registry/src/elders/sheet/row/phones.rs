//! Phone numbers: the elder's own and the contact's.

use kernel::{Text, text};

use super::{Column, Contact, Reading};
use crate::{
    elders::file::mask_phone,
    normal::{self, Phone, PhoneFault, Written},
};

impl Reading<'_> {
    /// Mobile phone and landline; a number in the wrong one of the two columns moves over where that one is empty, and a
    /// number for which there is no room is noted.
    pub(super) fn phones(&mut self) -> (Option<String>, Option<String>) {
        let mut all = Vec::new();
        for column in [Column::Mobile, Column::Landline] {
            let found = self.written(column);
            self.beside(column, &found.words);
            all.extend(found.phones.into_iter().map(|phone| (column, phone)));
        }
        let is_mobile = |(_, phone): &(Column, Phone)| matches!(phone, Phone::Mobile(_));
        let mobile = all.iter().position(is_mobile).map(|at| all.remove(at));
        all.retain(|(_, phone)| mobile.as_ref().is_none_or(|(_, known)| known != phone));
        let second = all.iter().position(|phone| !is_mobile(phone)).or(if all.is_empty() { None } else { Some(0) });
        let landline = second.map(|at| all.remove(at));
        all.retain(|(_, phone)| landline.as_ref().is_none_or(|(_, known)| known != phone));
        for (column, phone) in all {
            self.left_out(column, &phone.into_text());
        }
        (mobile.map(|(_, phone)| phone.into_text()), landline.map(|(_, phone)| phone.into_text()))
    }

    fn left_out(&mut self, column: Column, number: &str) {
        self.note(
            column,
            number,
            text!("多出来的号码没有收：{number}", number = mask_phone(number)),
            text!("要留的写在备注里"),
        );
    }

    /// Words beside a number are noted: they are not kept.
    fn beside(&mut self, column: Column, words: &str) {
        if !words.is_empty() {
            self.note(column, words, text!("号码旁边的字没有收：{words}", words = words), text!("要留的写在备注里"));
        }
    }

    fn written(&mut self, column: Column) -> Written {
        let Some(cell) = self.optional(column) else { return Written::default() };
        match normal::phones(cell.text) {
            Ok(written) => written,
            Err(fault) => {
                let (reason, cure) = sentences(fault);
                self.fault(column, cell.text, reason, cure);
                Written::default()
            }
        }
    }

    /// Whom to call. A number that stands beside the name, and the relation in brackets behind it, are read, too.
    pub(super) fn contact(&mut self) -> Option<Contact> {
        let Written { mut phones, words } = self.written(Column::ContactPhone);
        let relation = self.free_text(Column::ContactRelation);
        let named = self.optional(Column::Contact).map(|cell| cell.text);
        let mut relation = relation;
        let (mut name, mut beside) = (named.unwrap_or_default().to_owned(), words);
        if name.bytes().any(|b| b.is_ascii_digit())
            && let Ok(written) = normal::phones(&name)
            && !written.words.is_empty()
        {
            phones.splice(0..0, written.phones);
            name = written.words;
        }
        if let Some((bare, inside)) = name.replace('（', "(").replace('）', "").trim_end_matches(')').split_once('(')
        {
            if relation.is_none() {
                relation = Some(inside.trim().to_owned()).filter(|inside| !inside.is_empty());
            }
            name = bare.trim().to_owned();
        }
        if name.is_empty() && !beside.is_empty() {
            name = std::mem::take(&mut beside);
        }
        self.beside(Column::ContactPhone, &beside);
        phones.dedup();
        let mut phones = phones.into_iter().map(Phone::into_text);
        let phone = phones.next();
        for more in phones {
            self.left_out(Column::ContactPhone, &more);
        }
        if name.is_empty() {
            if phone.is_some() || relation.is_some() {
                let cure = text!("补上联系人姓名，或清空电话和关系");
                self.fault(Column::Contact, "", text!("填了电话或关系，没有填联系人"), cure);
            }
            return None;
        }
        Some(Contact { name: self.name_of(Column::Contact, &name)?, phone, relation })
    }
}

fn sentences(fault: PhoneFault) -> (Text, Text) {
    match fault {
        PhoneFault::Several => (text!("填了不止一个号码"), text!("只留一个，其余的写在备注里")),
        PhoneFault::Digits(digits) => {
            (text!("手机号码应为 11 位，现有 {digits} 位", digits = digits), text!("核对后改为 11 位"))
        }
        PhoneFault::Lost => (text!("被当成数字，后几位已经丢失"), text!("把这一列设为文本，再重新填写")),
        PhoneFault::Shape => (text!("不是电话号码"), text!("写成 13800001234 或 0374-2331234 的样子")),
    }
}
