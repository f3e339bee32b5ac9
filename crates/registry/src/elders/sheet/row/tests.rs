use proptest::prelude::*;

use kernel::Level;

use super::*;
use crate::elders::{sheet::header::Mapping, vocabulary::CertKind};

const HEADER: [&str; 18] = [
    "姓名",
    "证件类型",
    "证件号码",
    "性别",
    "出生日期",
    "手机",
    "固定电话",
    "户籍地址",
    "居住地区划代码",
    "居住地址",
    "经度",
    "纬度",
    "居住状况",
    "人员类别",
    "紧急联系人",
    "联系人电话",
    "联系人关系",
    "备注",
];

fn line(cells: &[&str]) -> Row {
    let mut row = Row::default();
    row.start(2);
    cells.iter().for_each(|cell| row.push(cell, Form::Text, 4_000));
    row
}

/// A good row in which some cells are replaced.
fn with(changes: &[(Column, &str)]) -> Row {
    let mut cells = [
        "张桂英",
        "居民身份证",
        "411002194305120029",
        "女",
        "1943-05-12",
        "13800001234",
        "0374-2331234",
        "许州市魏安区",
        "411002001001",
        "文昌街道槐荫社区3号楼201",
        "113.8261",
        "34.0225",
        "独居",
        "低保；独居",
        "张伟",
        "13900005678",
        "长子",
        "听力弱",
    ];
    for (column, text) in changes {
        cells[*column as usize] = text;
    }
    line(&cells)
}

fn checked(row: &Row) -> Checked {
    checked_under(row, &HEADER)
}

fn checked_under(row: &Row, header: &[&str]) -> Checked {
    let header = Header::find(&[line(header)], &Mapping::new()).unwrap();
    let today = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
    check(row, &header, &Rules { today, places: &Here })
}

/// Three places, one of them twice by name.
struct Here;

impl Places for Here {
    fn exists(&self, place: Region) -> bool {
        ["411002", "411002001", "411002001001"].contains(&place.short().as_str())
    }

    fn successor(&self, old: Region) -> Option<Region> {
        (old.short() == "411023101").then(|| "411002001".parse().unwrap())
    }

    fn named(&self, names: &[(Option<Level>, &str)]) -> Named {
        let names: Vec<_> = names.iter().map(|(_, name)| *name).collect();
        match names[..] {
            ["西大街道", "金地社区"] | ["魏都区西大街道金地社区居委会"] => {
                Named::One("411002001001".parse().unwrap())
            }
            ["西大街道"] => Named::One("411002001".parse().unwrap()),
            ["东街社区"] => Named::Several(vec!["甲街道东街社区".into(), "乙街道东街社区".into()]),
            ["西大街道", _] => Named::None { within: Some("西大街道".into()) },
            _ => Named::None { within: None },
        }
    }
}

/// What is noted of a person who goes in: column, value and reason.
fn notes(changes: &[(Column, &str)]) -> Vec<String> {
    let line = |f: &Fault| format!("{}｜{}｜{}", f.place(), f.value, f.reason);
    elder(changes).notes.iter().map(line).collect()
}

fn elder(changes: &[(Column, &str)]) -> ElderRow {
    match checked(&with(changes)) {
        Checked::Elder(elder) => *elder,
        other => panic!("{other:?}"),
    }
}

/// Column, value, reason and cure of each fault.
fn faults(changes: &[(Column, &str)]) -> Vec<String> {
    match checked(&with(changes)) {
        Checked::Bad(faults) => {
            let line = |f: &Fault| format!("{}｜{}｜{}｜{}", f.place(), f.value, f.reason, f.cure);
            faults.iter().map(line).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_good_row_becomes_a_person() {
    let elder = elder(&[]);
    assert_eq!(elder.name, "张桂英");
    assert_eq!((elder.certificate.kind(), elder.certificate.reveal()), (CertKind::ResidentId, "411002194305120029"));
    assert_eq!((elder.sex, elder.birth.to_string().as_str()), (Sex::Female, "1943-05-12"));
    assert_eq!((elder.mobile.as_deref(), elder.landline.as_deref()), (Some("13800001234"), Some("0374-2331234")));
    assert_eq!((elder.place.short().as_str(), elder.living), ("411002001001", Some(LivingSituation::Alone)));
    assert_eq!(elder.tags, [Tag::MinimumAllowance, Tag::Alone]);
    assert_eq!(elder.point, Some(Point { longitude: 113.8261, latitude: 34.0225 }));
    let contact = elder.contact.unwrap();
    assert_eq!((contact.name.as_str(), contact.phone.as_deref()), ("张伟", Some("13900005678")));
    assert_eq!((elder.number, elder.remark.as_deref()), (2, Some("听力弱")));
}

#[test]
fn sex_birth_and_kind_come_from_the_number_when_nobody_wrote_them() {
    let elder = elder(&[(Column::CertKind, ""), (Column::Sex, ""), (Column::Birth, "")]);
    assert_eq!((elder.certificate.kind(), elder.sex), (CertKind::ResidentId, Sex::Female));
    assert_eq!(elder.birth.to_string(), "1943-05-12");
    assert_eq!(self::elder(&[(Column::Birth, "1943年5月")]).birth.to_string(), "1943-05-12");
}

#[test]
fn what_need_not_be_there_may_be_empty() {
    let optional = [
        Column::Mobile,
        Column::Landline,
        Column::HukouAddress,
        Column::Longitude,
        Column::Latitude,
        Column::Living,
        Column::Tags,
        Column::Contact,
        Column::ContactPhone,
        Column::ContactRelation,
        Column::Remark,
    ];
    let elder = elder(&optional.map(|column| (column, "")));
    assert!(elder.mobile.is_none() && elder.point.is_none() && elder.contact.is_none() && elder.tags.is_empty());
}

#[test]
fn each_fault_of_a_number_says_how_to_mend_it() {
    for (number, seen) in [
        ("411002194305120011", "证件号码｜4110**********0011｜校验位应为 0｜核对身份证末位"),
        ("41100219430512001", "证件号码｜4110*********2001｜只有 17 位｜补全 18 位"),
        ("4110021943051200290", "证件号码｜4110***********0290｜有 19 位｜核对后改为 18 位"),
        ("210903194702290117", "证件号码｜2109**********0117｜号码里的出生日期不存在｜核对第 7 到 14 位"),
        ("41100219430512O029", "证件号码｜4110**********O029｜有不该出现的字符｜只能是数字，末位可以是 X"),
        (
            "4.11002E+17",
            "证件号码｜4.11***E+17｜被当成数字，变成了科学计数法，后几位已经丢失｜把证件号码列设为文本，再重新填写",
        ),
        (
            "411002194305120000",
            "证件号码｜4110**********0000｜末三位成了 000，像是被当成数字截断了｜把证件号码列设为文本，再重新填写",
        ),
        ("", "证件号码｜｜没有填写｜补上证件号码；确实没有证件的，证件类型填“无证件”"),
    ] {
        assert_eq!(faults(&[(Column::CertNumber, number)]), [seen], "{number}");
    }
}

#[test]
fn other_certificates_are_read_too() {
    let permit =
        [(Column::CertKind, "港澳台居民居住证"), (Column::CertNumber, "830000194001010013"), (Column::Sex, "")];
    let good = kernel::ResidentId::synthetic(830_000, NaiveDate::from_ymd_opt(1940, 1, 1).unwrap(), 1);
    let mut changes = permit.to_vec();
    changes[1].1 = good.reveal();
    changes.push((Column::Birth, "1940-01-01"));
    assert_eq!(elder(&changes).certificate.kind(), CertKind::HkMoTwPermit);

    let passport = elder(&[(Column::CertKind, "护照"), (Column::CertNumber, "e1234 5678")]);
    assert_eq!(passport.certificate.reveal(), "E12345678");
    let old = elder(&[(Column::CertKind, "外国人永久居留证"), (Column::CertNumber, "USA110043051200")]);
    assert_eq!(old.certificate.kind(), CertKind::ForeignPermanent);
    let none = elder(&[(Column::CertKind, "无证件"), (Column::CertNumber, "")]);
    assert_eq!((none.certificate.kind(), none.certificate.reveal()), (CertKind::None, ""));
}

#[test]
fn without_a_number_sex_and_birth_must_be_written() {
    let changes = [(Column::CertKind, "无证件"), (Column::CertNumber, ""), (Column::Sex, ""), (Column::Birth, "")];
    assert_eq!(faults(&changes), ["出生日期｜｜没有填写｜请补上", "性别｜｜没有填写｜请补上"]);
}

#[test]
fn kind_and_number_must_fit() {
    assert_eq!(
        faults(&[(Column::CertKind, "无证件")]),
        ["证件号码｜4110**********0029｜证件类型是“无证件”，却填了号码｜改正证件类型，或清空证件号码"]
    );
    assert_eq!(
        faults(&[(Column::CertKind, "港澳台居民居住证")]),
        ["证件类型｜港澳台居民居住证｜与证件号码不符｜核对证件类型和证件号码，把填错的一个改过来"]
    );
    assert_eq!(faults(&[(Column::CertKind, "会员卡")]).len(), 1);
}

#[test]
fn the_number_contradicts_a_wrong_birth_date_or_sex() {
    assert_eq!(
        faults(&[(Column::Birth, "1951-02-30"), (Column::Sex, "男")]),
        [
            "出生日期｜1951-02-30｜没有这一天｜证件号码上是 1943-05-12",
            "性别｜男｜与证件号码不符｜证件号码上是女性，核对后改成一致"
        ]
    );
    assert_eq!(
        faults(&[(Column::Birth, "1943-05-13")]),
        ["出生日期｜1943-05-13｜与证件号码不符｜证件号码上是 1943-05-12，核对后改成一致"]
    );
}

#[test]
fn places_are_read_from_the_county_down() {
    for (code, place) in [("411002", "411002"), ("411002001", "411002001"), ("411002000000", "411002")] {
        assert_eq!(elder(&[(Column::Place, code)]).place.short(), place);
    }
    for (code, seen) in [
        ("4110", "只到省或市，太宽了｜至少填到区县（6 位），最好填到村（社区，12 位）"),
        ("411002001999", "411002001 里没有这个代码｜查对最新的区划代码；查不到的先填 411002001"),
        ("419999", "没有这个区划代码｜查对最新的区划代码"),
        ("411002000001", "区划代码中间缺了一级｜查对最新的区划代码"),
        ("41100200", "不是区划代码｜填 6、9 或 12 位数字的区划代码"),
        ("槐荫社区", "您的范围里没有这个地方｜查对名称，或填 6、9、12 位的区划代码；模板里有名称的下拉表"),
        ("东街社区", "有几个地方叫这个名字：甲街道东街社区、乙街道东街社区｜写上街道（乡镇），或填区划代码"),
        ("4.11E+11", "被当成数字或日期改掉了｜把居住地区划代码列设为文本，再重新填写"),
    ] {
        assert_eq!(faults(&[(Column::Place, code)]), [format!("居住地区划代码｜{code}｜{seen}")]);
    }
}

#[test]
fn places_are_read_by_name_by_old_codes_and_by_codes_that_a_program_wrote() {
    for code in ["魏都区西大街道金地社区居委会", "411002001001.0", "411,002,001,001", "4.11002001001E11"]
    {
        assert_eq!(elder(&[(Column::Place, code)]).place.short(), "411002001001", "{code}");
    }
    assert_eq!(elder(&[(Column::Place, "411023101")]).place.short(), "411002001");
    assert_eq!(
        notes(&[(Column::Place, "411023101")]),
        ["居住地区划代码｜411023101｜旧代码已换成 411002001，按新代码收下"]
    );
}

#[test]
fn a_village_is_read_by_the_names_of_its_columns() {
    let header = ["姓名", "身份证号", "所属街道", "所属社区", "现住址", "是否独居", "是否低保", "失能"];
    let row = |cells: [&str; 8]| checked_under(&line(&cells), &header);
    let elder = |cells| match row(cells) {
        Checked::Elder(elder) => *elder,
        other => panic!("{other:?}"),
    };
    let all = elder(["苗国华", "411002194305120029", "西大街道", "金地社区", "北街1号", "是", "否", "√"]);
    assert_eq!((all.place.short().as_str(), all.tags), ("411002001001", vec![Tag::Alone, Tag::Disabled]));
    let town = elder(["苗国华", "411002194305120029", "西大街道", "无", "北街1号", "", "√", "低保"]);
    assert_eq!((town.place.short().as_str(), town.tags), ("411002001", vec![Tag::MinimumAllowance]));
    assert!(town.notes[0].reason.to_string().contains("看不出“失能”是或否"), "{:?}", town.notes);
    let Checked::Bad(faults) = row(["苗国华", "411002194305120029", "西大街道", "新社区", "北街1号", "", "", ""])
    else {
        panic!()
    };
    assert_eq!((faults[0].place(), faults[0].reason.to_string().as_str()), ("所属社区", "西大街道里没有这个地方"));
}

#[test]
fn words_for_nothing_are_empty_cells_in_every_optional_column() {
    const WORDS: [&str; 17] = [
        "无",
        "没有",
        "无手机",
        "-",
        "—",
        "/",
        "\\",
        "0",
        "暂无",
        "不详",
        "N/A",
        "null",
        "空",
        ".",
        "未知",
        "———",
        "00000000000",
    ];
    for word in WORDS {
        let elder = elder(&[
            (Column::Mobile, word),
            (Column::Landline, word),
            (Column::HukouAddress, word),
            (Column::Longitude, word),
            (Column::Latitude, word),
            (Column::Living, word),
            (Column::Tags, word),
            (Column::Contact, word),
            (Column::ContactPhone, word),
            (Column::ContactRelation, word),
            (Column::Remark, word),
            (Column::Birth, word),
        ]);
        assert!(elder.mobile.is_none() && elder.landline.is_none() && elder.hukou_address.is_none(), "{word}");
        assert!(
            elder.point.is_none() && elder.living.is_none() && elder.tags.is_empty() && elder.contact.is_none(),
            "{word}"
        );
        assert!(elder.remark.is_none() && elder.notes.is_empty(), "{word}");
        assert_eq!(faults(&[(Column::Address, word)])[0].split('｜').nth(2), Some("没有填写"), "{word}");
    }
    assert_eq!(notes(&[(Column::Mobile, "同上")]), ["手机｜**｜写的是“同上”，没有收"]);
    assert_eq!(elder(&[(Column::CertKind, ""), (Column::CertNumber, "无证件")]).certificate.kind(), CertKind::None);
}

#[test]
fn characters_that_nobody_sees_refuse_nobody() {
    for unseen in
        ["\u{202a}", "\u{202d}", "\u{2060}", "\u{200b}", "\u{ad}", "\u{feff}", "\u{fe0f}", "\u{e0100}", "\u{202c}"]
    {
        for column in [Column::Name, Column::CertNumber, Column::Mobile, Column::Place, Column::Tags, Column::Birth] {
            let plain = with(&[]);
            let text = plain.cell(column as usize).text;
            let (head, tail) = text.split_at(text.char_indices().nth(1).unwrap().0);
            for written in [format!("{unseen}{text}\u{202c}"), format!("{head}{unseen}{tail}")] {
                let found = elder(&[(column, &written)]);
                assert!(found == elder(&[]), "{column:?} {written:?}");
            }
        }
    }
}

#[test]
fn several_phones_find_their_places_and_the_rest_is_noted() {
    let both = elder(&[(Column::Mobile, "13800001234/0374-2331234"), (Column::Landline, "")]);
    assert_eq!((both.mobile.as_deref(), both.landline.as_deref()), (Some("13800001234"), Some("0374-2331234")));
    assert_eq!(
        notes(&[(Column::Mobile, "13800001234 13900001234")]),
        ["手机｜139****1234｜多出来的号码没有收：139****1234"]
    );
    assert_eq!(notes(&[(Column::Mobile, "13800001234（儿子）")]), ["手机｜**｜号码旁边的字没有收：儿子"]);
    let contact = elder(&[
        (Column::Contact, "李伟（儿子）13900001234"),
        (Column::ContactPhone, ""),
        (Column::ContactRelation, ""),
    ])
    .contact
    .unwrap();
    assert_eq!(contact.phone.as_deref(), Some("13900001234"));
}

#[test]
fn rows_that_are_no_persons_are_told_apart() {
    let header = ["序号", "姓名", "证件类型", "证件号码", "居住地区划代码", "居住地址", "网格员"];
    let row = |cells: &[&str]| match checked_under(&line(cells), &header) {
        Checked::None(why) => Some(why),
        Checked::Elder(_) | Checked::Bad(_) => None,
    };
    for cells in [&["3"][..], &["4", "", "", "", "", "", "王五"], &["", "", "", "", "", "", "王五"]] {
        assert!(matches!(row(cells), Some(NoRow::Empty | NoRow::Heading)), "{cells:?}");
    }
    for cells in [
        &["合计", "2人"][..],
        &["填表人：张三", "", "审核人：李四"],
        &["注：1.本表一式两份；2.不得漏填。"],
        &["", "合计：", "", "", "2"],
        &["共 2 人"],
        &["备注：本表数据截至11月"],
        &["小计", "2"],
        &["制表人：", "", "", "日期：2026年11月1日"],
        &["填报单位（盖章）："],
    ] {
        assert_eq!(row(cells), Some(NoRow::Footer), "{cells:?}");
    }
    assert_eq!(row(&["金地社区"]), Some(NoRow::Heading));
    assert_eq!(row(&header), Some(NoRow::Header));
    for cells in [
        &["5", "张三"][..],
        &["6", "", "", "411002194305120029"],
        &["", "注桂英", "", "411002194305120029"],
        &["", "张三"],
    ] {
        assert_eq!(row(cells), None, "{cells:?}");
    }
}

#[test]
fn a_formula_without_a_result_is_a_fault_of_its_cell() {
    for column in [Column::CertNumber, Column::Mobile, Column::Remark] {
        let mut row = Row::default();
        row.start(2);
        for (at, (text, _)) in with(&[]).raw().enumerate() {
            let pending = at == column as usize;
            row.push(if pending { "" } else { text }, if pending { Form::Pending } else { Form::Text }, 100);
        }
        let Checked::Bad(faults) = checked(&row) else { panic!("{column:?}") };
        assert_eq!(
            (faults[0].place(), faults[0].reason.to_string().as_str()),
            (column.word(), "这一格是公式，没有算出结果")
        );
    }
}

#[test]
fn a_date_that_the_number_makes_certain_is_taken() {
    for text in
        ["12/5/1943", "5/12/1943", "43.5.12", "12-May-43", "1943", "5月12日", "1943年5月", "一九四三年五月十二日"]
    {
        assert_eq!(elder(&[(Column::Birth, text)]).birth.to_string(), "1943-05-12", "{text}");
    }
    let without = |text| faults(&[(Column::CertKind, "无证件"), (Column::CertNumber, ""), (Column::Birth, text)]);
    for (text, seen) in [
        ("5/12/1943", "可以读成不同的日子｜年份写四位，写成 1943-05-12 的样子"),
        ("农历1943年四月初九", "写的是农历｜换算成公历，写成 1943-05-12 的样子"),
        ("1943", "只写了年份｜写成 1943-05-12 的样子"),
    ] {
        assert_eq!(without(text), [format!("出生日期｜{text}｜{seen}")]);
    }
}

#[test]
fn a_point_is_whole_and_in_china() {
    let wrong = |east, north| faults(&[(Column::Longitude, east), (Column::Latitude, north)]);
    assert_eq!(wrong("34.02", "113.82"), ["经度｜34.02｜经度和纬度填反了｜把两列对调"]);
    assert_eq!(wrong("113.82", ""), ["经度｜113.82｜经度和纬度只填了一个｜两个都填，或都不填"]);
    assert_eq!(wrong("1", "inf").len(), 2);
}

#[test]
fn a_point_is_read_from_one_cell_and_from_degrees_minutes_and_seconds() {
    let header = ["姓名", "身份证号", "区划代码", "现住址", "经纬度"];
    let point = |text: &str| match checked_under(
        &line(&["苗国华", "411002194305120029", "411002001", "北街1号", text]),
        &header,
    ) {
        Checked::Elder(elder) => elder.point.map(|point| format!("{:.4},{:.4}", point.longitude, point.latitude)),
        other => panic!("{other:?}"),
    };
    for text in [
        "113.8261,34.0225",
        "34.0225，113.8261",
        "113.8261 34.0225",
        "东经113.8261°、北纬34.0225°",
        "113°49′33.96″E 34°1′21″N",
    ] {
        assert_eq!(point(text).as_deref(), Some("113.8261,34.0225"), "{text}");
    }
    assert_eq!(point("无"), None);
    assert_eq!(
        elder(&[(Column::Longitude, "113°49'33.96\""), (Column::Latitude, "34.0225")]).point.unwrap().longitude,
        113.0 + 49.0 / 60.0 + 33.96 / 3_600.0
    );
}

#[test]
fn a_number_in_the_wrong_phone_column_moves_over() {
    let elder = elder(&[(Column::Mobile, "0374-2331234"), (Column::Landline, "")]);
    assert_eq!((elder.mobile, elder.landline.as_deref()), (None, Some("0374-2331234")));
    assert_eq!(
        faults(&[(Column::Mobile, "1380000123")]),
        ["手机｜138***0123｜手机号码应为 11 位，现有 10 位｜核对后改为 11 位"]
    );
}

#[test]
fn names_are_names() {
    assert_eq!(elder(&[(Column::Name, "张 三")]).name, "张三");
    assert_eq!(elder(&[(Column::Name, "买买提•艾力")]).name, "买买提·艾力");
    for name in ["=HYPERLINK(\"x\")", "张三3", "@张三", "王\u{e900}三", "-张三", "张", "张三（迁出）"] {
        assert_eq!(faults(&[(Column::Name, name)]).len(), 1, "{name}");
    }
}

#[test]
fn tags_are_several_and_do_not_contradict_each_other() {
    for text in ["失能；独居;高龄", "失能、独居,高龄", "失能|独居，高龄", "失能/独居\n高龄 "]
    {
        assert_eq!(elder(&[(Column::Tags, text)]).tags, [Tag::Alone, Tag::Disabled, Tag::Aged], "{text}");
    }
    assert!(elder(&[(Column::Tags, "无")]).tags.is_empty());
    assert_eq!(
        faults(&[(Column::Tags, "低保、特困")]),
        ["人员类别｜特困、低保｜有两项不能同时有效｜特困、低保、低保边缘只留现在有效的一项"]
    );
    assert_eq!(elder(&[(Column::Tags, "独居、富裕、残疾")]).tags, [Tag::Alone]);
    assert_eq!(notes(&[(Column::Tags, "独居、富裕")]), ["人员类别｜富裕｜没有这种人员类别，没有收"]);
    assert_eq!(notes(&[(Column::Living, "随便")]), ["居住状况｜随便｜没有这种居住状况，没有收"]);
}

#[test]
fn every_fault_of_a_row_is_found() {
    let seen = faults(&[
        (Column::Name, ""),
        (Column::CertNumber, "1"),
        (Column::Mobile, "1"),
        (Column::Place, "1"),
        (Column::Address, ""),
        (Column::Longitude, "1"),
        (Column::Living, "1"),
        (Column::Tags, "低保、特困"),
        (Column::Contact, ""),
        (Column::ContactPhone, "1"),
        (Column::Remark, "\u{fffd}"),
    ]);
    assert_eq!(seen.len(), 10, "{seen:#?}");
}

#[test]
fn a_comma_that_no_quotes_hold_together_is_noticed() {
    let mut row = with(&[]);
    row.push("独居", Form::Text, 10);
    let Checked::Bad(faults) = checked(&row) else { panic!() };
    assert_eq!((faults.len(), faults[0].place()), (1, "整行"));
}

#[test]
fn garbled_and_failed_cells_are_faults_and_not_taken_for_missing() {
    for form in [Form::Failed, Form::Cut, Form::Garbled, Form::Pending] {
        let mut row = Row::default();
        row.start(2);
        for (at, (text, _)) in with(&[]).raw().enumerate() {
            row.push(text, if at == Column::Name as usize { form } else { Form::Text }, 100);
        }
        let Checked::Bad(faults) = checked(&row) else { panic!() };
        assert_eq!(faults.len(), 1);
    }
}

#[test]
fn the_example_of_the_template_is_no_person() {
    assert!(matches!(
        checked(&with(&[(Column::Name, "（示例）张桂英"), (Column::CertNumber, "")])),
        Checked::None(NoRow::Example)
    ));
}

#[test]
fn a_person_never_prints_whole() {
    let seen = format!("{:?}", elder(&[]));
    assert!(seen.contains("4110**********0029"), "{seen}");
    for secret in ["411002194305120029", "张桂英", "13800001234", "槐荫", "13900005678", "听力"] {
        assert!(!seen.contains(secret), "{seen}");
    }
}

proptest! {
    #[test]
    fn no_row_makes_the_check_panic(cells in prop::collection::vec("\\PC{0,12}|[0-9X.E+-]{0,19}|[\\x00-\\x7f]{0,8}", 0..20)) {
        let row = line(&cells.iter().map(String::as_str).collect::<Vec<_>>());
        if let Checked::Bad(faults) = checked(&row) {
            prop_assert!(!faults.is_empty());
        }
    }

    #[test]
    fn no_change_of_one_cell_makes_the_check_panic(at in 0..18_usize, text in "\\PC{0,30}|[0-9/年月日E+.-]{0,20}") {
        let _ = checked(&with(&[(Column::ALL[at], &text)]));
    }
}
