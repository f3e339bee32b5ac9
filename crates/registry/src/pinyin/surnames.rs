//! Characters whose reading in a name is not their everyday one. The first reading is the right one, the others are
//! what people type all the same.

/// Surnames of one character.
const SURNAMES: &[(char, &[&str])] = &[
    ('万', &["wan"]),
    ('不', &["fou", "bu"]),
    ('么', &["yao", "me"]),
    ('乐', &["yue", "le"]),
    ('乜', &["nie", "mie"]),
    ('仇', &["qiu", "chou"]),
    ('令', &["ling"]),
    ('任', &["ren"]),
    ('佴', &["nai", "er"]),
    ('冯', &["feng"]),
    ('冼', &["xian"]),
    ('洗', &["xian", "xi"]),
    ('区', &["ou", "qu"]),
    ('华', &["hua"]),
    ('卜', &["bu", "bo"]),
    ('单', &["shan", "dan"]),
    ('召', &["shao", "zhao"]),
    ('句', &["gou", "ju"]),
    ('员', &["yun", "yuan"]),
    ('哈', &["ha"]),
    ('宓', &["mi", "fu"]),
    ('宿', &["su", "xiu"]),
    ('尉', &["wei", "yu"]),
    ('干', &["gan"]),
    ('应', &["ying"]),
    ('折', &["she", "zhe"]),
    ('教', &["jiao"]),
    ('曲', &["qu"]),
    ('曾', &["zeng", "ceng"]),
    ('朝', &["chao", "zhao"]),
    ('朴', &["piao", "pu"]),
    ('柏', &["bai", "bo"]),
    ('查', &["zha", "cha"]),
    ('牟', &["mu", "mou"]),
    ('盖', &["ge", "gai"]),
    ('盛', &["sheng", "cheng"]),
    ('相', &["xiang"]),
    ('石', &["shi"]),
    ('祭', &["zhai", "ji"]),
    ('种', &["chong", "zhong"]),
    ('秘', &["bi", "mi"]),
    ('粘', &["nian", "zhan"]),
    ('繁', &["po", "fan"]),
    ('纪', &["ji"]),
    ('缪', &["miao", "mou"]),
    ('翟', &["zhai", "di"]),
    ('能', &["nai", "neng"]),
    ('臧', &["zang"]),
    ('莘', &["shen", "xin"]),
    ('葛', &["ge"]),
    ('薄', &["bo", "bao"]),
    ('藏', &["zang", "cang"]),
    ('褚', &["chu"]),
    ('覃', &["qin", "tan"]),
    ('解', &["xie", "jie"]),
    ('訾', &["zi"]),
    ('谌', &["chen", "shen"]),
    ('贾', &["jia"]),
    ('车', &["che", "ju"]),
    ('过', &["guo"]),
    ('适', &["kuo", "shi"]),
    ('逄', &["pang"]),
    ('那', &["na"]),
    ('郇', &["xun", "huan"]),
    ('郗', &["xi", "chi"]),
    ('郄', &["qie", "xi"]),
    ('都', &["du", "dou"]),
    ('重', &["chong", "zhong"]),
    ('钭', &["tou", "dou"]),
    ('长', &["zhang", "chang"]),
    ('阙', &["que"]),
    ('阚', &["kan", "han"]),
    ('隗', &["kui", "wei"]),
    ('隽', &["juan", "jun"]),
    ('颉', &["xie", "jie"]),
    ('黑', &["he", "hei"]),
];

/// Surnames of two characters whose reading differs from that of their characters.
const COMPOUND: &[([char; 2], [&str; 2])] = &[
    (['万', '俟'], ["mo", "qi"]),
    (['单', '于'], ["chan", "yu"]),
    (['尉', '迟'], ["yu", "chi"]),
    (['拓', '跋'], ["tuo", "ba"]),
    (['澹', '台'], ["tan", "tai"]),
    (['长', '孙'], ["zhang", "sun"]),
];

/// Characters of given names with more than one likely reading, or with a likelier one than the dictionary's first.
const GIVEN: &[(char, &[&str])] = &[
    ('万', &["wan"]),
    ('乐', &["le", "yue"]),
    ('仔', &["zi", "zai"]),
    ('传', &["chuan", "zhuan"]),
    ('兴', &["xing"]),
    ('冠', &["guan"]),
    ('劲', &["jin", "jing"]),
    ('南', &["nan"]),
    ('卜', &["bu", "bo"]),
    ('参', &["can", "shen"]),
    ('召', &["zhao", "shao"]),
    ('合', &["he"]),
    ('和', &["he"]),
    ('娜', &["na", "nuo"]),
    ('宁', &["ning"]),
    ('尉', &["wei", "yu"]),
    ('少', &["shao"]),
    ('屏', &["ping"]),
    ('强', &["qiang"]),
    ('得', &["de"]),
    ('斗', &["dou"]),
    ('晟', &["sheng", "cheng"]),
    ('曾', &["zeng", "ceng"]),
    ('朝', &["chao", "zhao"]),
    ('柏', &["bai", "bo"]),
    ('楷', &["kai"]),
    ('泽', &["ze"]),
    ('济', &["ji"]),
    ('盛', &["sheng", "cheng"]),
    ('省', &["sheng", "xing"]),
    ('缪', &["miao", "mou"]),
    ('翟', &["zhai", "di"]),
    ('臧', &["zang"]),
    ('茜', &["qian", "xi"]),
    ('莘', &["xin", "shen"]),
    ('蔓', &["man", "wan"]),
    ('行', &["xing", "hang"]),
    ('觉', &["jue", "jiao"]),
    ('解', &["jie", "xie"]),
    ('调', &["tiao", "diao"]),
    ('重', &["chong", "zhong"]),
    ('长', &["chang", "zhang"]),
    ('靓', &["liang", "jing"]),
];

fn look_up(table: &'static [(char, &[&str])], c: char) -> Option<&'static [&'static str]> {
    table.iter().find(|(key, _)| *key == c).map(|(_, readings)| *readings)
}

/// Readings of a character as a surname.
pub(super) fn of_surname(c: char) -> Option<&'static [&'static str]> {
    look_up(SURNAMES, c)
}

/// Readings of a character in a given name.
pub(super) fn of_given(c: char) -> Option<&'static [&'static str]> {
    look_up(GIVEN, c)
}

/// Readings of a compound surname that is not read as its characters are.
pub(super) fn of_compound(first: char, second: char) -> Option<[&'static str; 2]> {
    COMPOUND.iter().find(|(key, _)| *key == [first, second]).map(|(_, reading)| *reading)
}
