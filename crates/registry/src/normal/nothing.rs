//! Words for "nothing": what people put into a cell that has to be empty.

use super::text::fold;

/// How somebody said that there is nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// Nothing but that: 无, /, N/A.
    Plain,
    /// Something that a person ought to know: 同上, 空号.
    Telling,
}

/// What is said of its own.
const ALONE: [&str; 37] = [
    "无",
    "没有",
    "没",
    "暂无",
    "暂没有",
    "暂缺",
    "缺",
    "空",
    "空白",
    "略",
    "不详",
    "不祥",
    "不明",
    "不清楚",
    "不知道",
    "不知",
    "未知",
    "未填",
    "未填写",
    "未提供",
    "未登记",
    "未采集",
    "未录入",
    "未留",
    "待补",
    "待补充",
    "待填",
    "待定",
    "待查",
    "待核实",
    "null",
    "none",
    "nil",
    "na",
    "nan",
    "undefined",
    "拒绝提供",
];
/// What stands before the thing that is missing.
const MISSING: [&str; 6] = ["暂时没有", "暂无", "没有", "无", "未留", "不知"];
/// The things.
const THINGS: [&str; 30] = [
    "手机",
    "手机号",
    "手机号码",
    "电话",
    "电话号码",
    "电话号",
    "联系电话",
    "联系方式",
    "固话",
    "固定电话",
    "座机",
    "座机号",
    "号码",
    "联系人",
    "紧急联系人",
    "家属",
    "亲属",
    "监护人",
    "备注",
    "说明",
    "内容",
    "数据",
    "信息",
    "记录",
    "地址",
    "户籍地址",
    "坐标",
    "经纬度",
    "标签",
    "人员类别",
];
const TELLING: [&str; 12] =
    ["同上", "同左", "同前", "同前页", "空号", "停机", "已停机", "关机", "打不通", "错号", "欠费停机", "换号"];

/// Whether a text says that there is nothing; an empty one does.
#[must_use]
pub fn nothing(text: &str) -> Option<Nothing> {
    let empty = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '-' | '_'
                    | '/'
                    | '\\'
                    | '|'
                    | '.'
                    | '。'
                    | '·'
                    | '、'
                    | ','
                    | '*'
                    | '#'
                    | '~'
                    | '?'
                    | '!'
                    | '('
                    | ')'
                    | '"'
                    | '\''
                    | '“'
                    | '”'
                    | '‘'
                    | '’'
                    | '○'
                    | '〇'
                    | '×'
                    | '…'
                    | '<'
                    | '>'
                    | '['
                    | ']'
                    | '【'
                    | '】'
                    | ':'
                    | ';'
            )
    };
    let folded = fold(text);
    let bare: String = folded.chars().filter(|c| !empty(*c)).collect();
    if bare.is_empty() || bare.bytes().all(|b| b == b'0') || ALONE.contains(&bare.as_str()) {
        return Some(Nothing::Plain);
    }
    if TELLING.contains(&bare.as_str()) {
        return Some(Nothing::Telling);
    }
    let thing = MISSING.iter().filter_map(|word| bare.strip_prefix(word)).any(|thing| THINGS.contains(&thing));
    thing.then_some(Nothing::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_in_many_words() {
        for text in [
            "",
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
            "无电话",
            "00000000000",
            "n/a",
            "NULL",
            "（无）",
            "无。",
            "无固定电话",
            "没有联系人",
            "——",
            "／",
            "0.0",
            "#N/A",
            "暂无 ",
            "未 填",
            "\u{200b}无",
            "×",
            "Ｎ／Ａ",
            "“无”",
            "//",
            "0000-0000000",
        ] {
            assert_eq!(nothing(text), Some(Nothing::Plain), "{text}");
        }
        assert_eq!(nothing("同上"), Some(Nothing::Telling));
        for text in ["张三", "1", "无锡市", "无名", "13800001234", "没有子女", "空军大院", "听力弱", "10"]
        {
            assert_eq!(nothing(text), None, "{text}");
        }
    }
}
