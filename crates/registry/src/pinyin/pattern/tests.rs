use proptest::{prelude::*, sample::select};

use super::*;
use crate::pinyin::{Reading, readings};

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

fn is_found(reading: &Reading, typed: &str) -> bool {
    let pattern = pattern(typed);
    let value = |column| if column == Column::Initials { &reading.initials } else { &reading.pinyin };
    let lies = |column, lo: &String, hi: &String| lo <= value(column) && value(column) < hi;
    let inside = |probe: &Probe| {
        lies(probe.column, &probe.lo, &probe.hi)
            && probe.also.as_ref().is_none_or(|beside| lies(beside.column, &beside.lo, &beside.hi))
    };
    pattern.matches(&reading.pinyin) && pattern.probes().iter().any(inside)
}

/// Every way to type a reading: each syllable in full or by its initial, z or zh.
fn ways(pinyin: &str) -> Vec<String> {
    let mut ways = vec![String::new()];
    for syllable in pinyin.split(' ') {
        let double = ["zh", "ch", "sh"].into_iter().filter(|double| syllable.starts_with(double));
        let forms: Vec<_> = [syllable, &syllable[..1]].into_iter().chain(double).collect();
        ways = ways.iter().flat_map(|way| forms.iter().map(move |form| format!("{way}{form}"))).collect();
    }
    ways
}

fn names() -> impl Strategy<Value = String> {
    const SURNAMES: &str =
        "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗单曾仇解查朴区欧安鄂恩艾敖翁倪聂宁连梁詹展夏冼项谌程";
    const GIVEN: &str = "秀英玉兰桂花国强安恩娥鹅昂红海华荣仁如儿尔年娜宁刚光贵广改根行长重茜女绿欧偶奥爱艾香仙先西";
    let surname = select(SURNAMES.chars().map(String::from).chain(["尉迟".into(), "欧阳".into()]).collect::<Vec<_>>());
    let given = prop::collection::vec(select(GIVEN.chars().collect::<Vec<_>>()), 1..=4);
    (surname, given).prop_map(|(surname, given)| surname + &given.into_iter().collect::<String>())
}

#[test]
fn one_name_is_found_however_it_is_typed() {
    let reading = &readings("张秀云")[0];
    for typed in ["zhangxiuyun", "zxy", "zhangxy", "zxiuyun", "zhangxiuy", "z", "zh", "zhan", "zhangxi", "zhxyun"] {
        assert!(is_found(reading, typed), "{typed}");
    }
    for typed in ["zhanxiuyun", "zxx", "zhangxiuyunn", "xzy", "zyx", "uu", "zhangyun"] {
        assert!(!is_found(reading, typed), "{typed}");
    }
}

#[test]
fn u_with_dots_is_found_as_v_as_u_and_as_passports_write_it() {
    for (name, ways) in [
        ("吕秀英", ["lvxiuying", "luxiuying", "lyuxiuying", "lüxiuying", "lvxy", "luxy", "lxy", "lyuxy"]),
        ("张秀女", ["zhangxiunv", "zhangxiunu", "zhangxiunyu", "zxnv", "zxnu", "zxnyu", "zxn", "zhangxn"]),
        ("刘绿叶", ["liulvye", "liuluye", "liulyuye", "llvye", "lluye", "llyuye", "lly", "liuly"]),
        ("程略", ["chenglve", "chenglue", "chenglyue", "clve", "clue", "clyue", "cl", "chengl"]),
        ("闾丘兰", ["lvqiulan", "luqiulan", "lyuqiulan", "lvql", "luql", "lql", "lvqiul", "lyuql"]),
    ] {
        for typed in ways {
            assert!(readings(name).iter().any(|reading| is_found(reading, typed)), "{name} {typed}");
        }
    }
    for (name, typed) in
        [("李玉", "lyu"), ("李玉", "liyu"), ("卢秀英", "luxiuying"), ("罗兰", "luolan"), ("鲁宁", "lun")]
    {
        assert!(readings(name).iter().any(|reading| is_found(reading, typed)), "{name} {typed}");
    }
    assert!(!readings("卢秀英").iter().any(|reading| is_found(reading, "lvxiuying")), "who types v means ü");
}

#[test]
fn common_patterns_need_few_and_narrow_ranges() {
    let shown = |typed: &str| {
        let probes = pattern(typed).probes();
        probes.iter().map(|p| format!("{}:{}..{}", p.column.name(), p.lo, p.hi)).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown("zhangxiuyun"), "pinyin:zhang xiu yun..zhang xiu yuo initials:4zxy..4zxz");
    assert_eq!(shown("zxy"), "initials:zxy..zxz initials:4zxy..4zxz");
    assert_eq!(shown("liuguihua"), "pinyin:liu gui hua..liu gui hub initials:4l..4m");
    assert_eq!(shown("zhangxy"), "initials:zxy..zxz initials:4zxy..4zxz");
    let beside = pattern("zhangxy").probes()[0].also.clone();
    assert_eq!(beside, Some(Beside { column: Column::Pinyin, lo: "zhang x".into(), hi: "zhang y".into() }));
}

#[test]
fn a_range_of_the_first_letter_is_never_needed_for_a_surname_and_a_given_name() {
    for name in ["张桂花", "张玉", "梁安", "詹桂玉", "夏恩娜", "王安红", "李昂", "杨恩", "陈刚", "程冠"]
    {
        for way in ways(&readings(name)[0].pinyin) {
            if way.len() > 2 {
                let wide = pattern(&way).probes().into_iter().find(|p| p.lo.len() < 2 && p.column == Column::Initials);
                assert_eq!(wide, None, "{name} as {way}");
            }
        }
    }
}

proptest! {
    #[test]
    fn every_name_is_found_by_full_pinyin_initials_and_every_mixed_form(name in names()) {
        for reading in readings(&name) {
            for way in ways(&reading.pinyin) {
                prop_assert!(is_found(&reading, &way), "{} ({}) by {}", name, reading.pinyin, way);
                prop_assert!(pattern(&way).probes().len() <= 7, "{}", way);
            }
        }
    }

    #[test]
    fn it_is_found_while_it_is_being_typed(name in names(), at in 1_usize..20) {
        for reading in readings(&name) {
            let full = reading.pinyin.replace(' ', "");
            let typed = &full[..at.min(full.len())];
            prop_assert!(is_found(&reading, typed), "{} by {}", name, typed);
        }
    }

    #[test]
    fn no_letters_make_it_panic(text in "[a-zü' ]{0,30}", pinyin in "[a-z ]{0,12}") {
        if let Some(pattern) = Pattern::parse(&text) {
            prop_assert!(pattern.probes().len() <= 7);
            let _ = pattern.matches(&pinyin);
        }
    }
}
