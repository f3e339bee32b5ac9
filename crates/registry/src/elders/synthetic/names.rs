//! Names as people of each age bear them.

use std::sync::LazyLock;

use kernel::Sex;

use super::dice::{Dice, Weights};

/// The commonest surnames and their shares among 10,000 people (rounded from published counts).
const SURNAMES: &str = "王715 李705 张668 刘513 陈440 杨301 黄210 赵209 吴189 周186 徐148 孙143 马131 朱124 胡113 郭113 \
    何104 高102 林100 罗86 郑84 梁82 谢72 宋70 唐67 许66 邓61 冯60 韩59 曹58 曾57 彭55 萧40 蔡52 潘51 田50 董49 袁48 于47 \
    余46 叶46 蒋45 杜43 苏43 魏43 程42 吕41 丁40 沈38 任38 姚37 卢37 傅36 钟36 姜35 崔35 谭34 廖33 范33 汪33 陆32 金32 \
    石31 戴31 贾30 韦30 夏29 邱28 方28 侯27 邹27 熊26 孟26 秦26 白25 江25 阎22 薛24 尹24 段23 雷23 黎22 史22 龙21 陶21 贺20 \
    顾20 毛20 郝19 龚19 邵19 万18 钱18 严18 覃17 武16 戴16 莫15 孔15 向14 汤14 常13 温13 康13 施12 文12 牛12 樊11 葛11 邢11 \
    安10 齐10 易9 乔9 伍9 庞8 颜8 倪8 庄8 聂8 章8 鲁7 岳7 翟7 殷7 詹7 申7 欧7 耿6 关6 兰6 焦6 俞6 左6 柳6 甘6 祝5 包5 宁5 尚5 \
    符5 舒5 阮5 柯5 纪5 梅5 童5 凌4 毕4 单4 季4 裴4 霍4 涂4 成4 苗4 谷4 盛4 曲4 翁3 冉3 骆3 蓝3 路3 游3 辛3 靳3 欧阳3 \
    管3 柴3 蒙3 鲍3 华3 喻3 祁3 蒲2 房2 滕2 屈2 饶2 解2 牟2 艾2 尤2 阳2 时2 穆2 农2 司2 卓2 古2 吉2 缪2 简2 车2 项2 \
    连2 芦2 麦2 褚2 娄2 窦2 戚2 岑2 景2 党2 宫2 费2 卜2 冷2 晏2 席2 卫2 米2 柏2 宗1 瞿1 桂1 全1 佟1 应1 臧1 闵1 苟1 邬1 边1 \
    卞1 姬1 师1 和1 仇1 栾1 隋1 商1 刁1 沙1 荣1 巫1 寇1 桑1 郎1 甄1 丛1 仲1 虞1 敖1 巩1 明1 佘1 池1 查1 麻1 苑1 迟1 邝1 \
    官1 封1 谈1 匡1 鞠1 惠1 荆1 乐1 冀1 郁1 胥1 南1 班1 储1 原1 栗1 燕1 楚1 鄢1 劳1 谌1 奚1 皮1 粟1 冼1 蔺1 楼1 盘1 满1 闻1 \
    厉1 伊1 仝1 区1 郜1 海1 阚1 花1 权1 强1 帅1 屠1 豆1 朴1 盖1 练1 廉1 禹1 井1 祖1 漆1 巴1 丰1 支1 卿1 国1 狄1 平1 计1 索1 宣1 \
    晋1 相1 初1 门1 云1 容1 敬1 来1 扈1 晁1 芮1 都1 普1 阙1 浦1 戈1 伏1 鹿1 薄1 邸1 雍1 辜1 羊1 阿1 乌1 母1 裘1 亓1 修1 邰1 赫1 \
    杭1 况1 那1 宿1 鲜1 印1 逯1 隆1 茹1 诺1 战1 慕1 危1 玉1 银1 亢1 嵇1 公1 哈1 湛1 宾1 戎1 勾1 茅1 利1 尉迟1 司马1 上官1 诸葛1 \
    皇甫1 司徒1 令狐1 夏侯1 端木1 长孙1 万俟1";

static SURNAME_TABLE: LazyLock<(Vec<&'static str>, Weights)> = LazyLock::new(|| {
    let parts = SURNAMES.split_whitespace().map(|entry| {
        let digits = entry.find(|c: char| c.is_ascii_digit()).unwrap_or(entry.len());
        (&entry[..digits], entry[digits..].parse::<f64>().unwrap_or(1.0))
    });
    let (names, weights): (Vec<_>, Vec<_>) = parts.unzip();
    (names, Weights::of(weights))
});

/// Given names of one sex and time: whole ones, commonest first, and characters to make others of.
struct Fashion {
    until: i32,
    whole: &'static [&'static str],
    first: &'static str,
    second: &'static str,
    /// Percent of names with one character.
    single: f64,
}

const MEN: [Fashion; 5] = [
    Fashion {
        until: 1939,
        whole: &[
            "福生", "长发", "德福", "有才", "金贵", "振山", "国栋", "文清", "广田", "玉堂", "万福", "永祥", "得胜",
            "光明", "天喜",
        ],
        first: "德福贵长春金玉永广文明振国万世兴有宝清全树学士洪凤景占连庆传",
        second: "福贵财发兴山林田堂海江河才元生善义祥成德忠信仁和清荣华庭臣章",
        single: 9.0,
    },
    Fashion {
        until: 1949,
        whole: &[
            "建国", "国富", "国强", "胜利", "福来", "保国", "长海", "国民", "金山", "玉山", "光荣", "和平", "新民",
            "志明", "文山",
        ],
        first: "国建光志文明学永金玉振春长德世全保新德福俊广成连庆兴云树海洪",
        second: "国民山海林生华荣明义成才安祥喜福文忠德清贵平胜有章亮法堂堂顺",
        single: 13.0,
    },
    Fashion {
        until: 1957,
        whole: &[
            "建国", "国庆", "解放", "援朝", "和平", "建华", "建设", "保国", "国良", "新民", "抗美", "胜利", "志强",
            "土改", "国平",
        ],
        first: "建国志新保卫永明文学春光长金树成海德福俊民平振庆爱忠世广玉凤",
        second: "国华民生平明军林山海成义强祥安良清才发荣堂田亮忠勇福庆和文全",
        single: 16.0,
    },
    Fashion {
        until: 1966,
        whole: &[
            "建军", "跃进", "卫东", "卫国", "建华", "建国", "志强", "国强", "红卫", "爱民", "学军", "永红", "援越",
            "军", "勇",
        ],
        first: "建卫志国红学永爱海新春向东文明振金玉保俊成广宏立福世庆中光长",
        second: "军东国华民强平明生林峰伟杰勇斌辉超海波成良才亮忠义安红兵文涛",
        single: 22.0,
    },
    Fashion {
        until: i32::MAX,
        whole: &["伟", "强", "磊", "军", "勇", "涛", "超", "鹏", "杰", "浩", "志强", "建华", "海涛", "俊杰", "晓东"],
        first: "志海晓俊建小永文明宏立国向春新东振鹏浩宇子少学亚世红玉伟",
        second: "伟强军勇涛超鹏杰浩磊峰辉斌波飞刚亮龙华明东凯旭洋文博宇林",
        single: 34.0,
    },
];

const WOMEN: [Fashion; 5] = [
    Fashion {
        until: 1939,
        whole: &[
            "秀英", "桂英", "秀兰", "玉兰", "凤英", "桂兰", "玉珍", "素珍", "秀珍", "兰英", "翠英", "淑贞", "桂花",
            "小妮", "玉莲", "凤仙", "妮", "大妞",
        ],
        first: "秀桂玉凤兰素翠淑银金春荣喜巧莲菊彩云瑞贵三小月珍梅香爱",
        second: "英兰珍花莲枝芝荣贞云香娥梅仙琴娣妮凤芳清华玲珠菊环姐女",
        single: 4.0,
    },
    Fashion {
        until: 1949,
        whole: &[
            "秀英", "桂英", "秀兰", "玉兰", "桂兰", "秀珍", "玉英", "凤英", "玉珍", "玉梅", "淑英", "桂花", "素英",
            "秀荣", "兰英", "秀云", "桂芝",
        ],
        first: "秀桂玉凤淑素兰翠春爱月金银荣莲菊彩云瑞雪香巧慧美文",
        second: "英兰珍花莲芝荣云香梅琴芳华玲珠菊环霞娥枝贞敏清娟凤",
        single: 6.0,
    },
    Fashion {
        until: 1957,
        whole: &[
            "秀英", "桂英", "秀兰", "玉兰", "桂兰", "玉梅", "秀芳", "玉英", "爱华", "秀云", "春兰", "淑芳", "玉芳",
            "建英", "和平", "爱英", "素梅",
        ],
        first: "秀玉桂爱淑春凤素翠建月美国金雪丽香红慧莲瑞巧云新文志",
        second: "英兰珍花芳华梅云荣玲琴霞香莲芝枝敏娥萍凤芬菊平娟清珠",
        single: 9.0,
    },
    Fashion {
        until: 1966,
        whole: &[
            "秀英", "玉兰", "秀芳", "丽华", "爱玲", "红", "秀梅", "桂芳", "玉红", "敏", "艳", "丽", "玲", "春梅",
            "爱红", "秀丽", "玉霞", "秀红",
        ],
        first: "秀玉丽爱红春桂淑艳小素翠建美凤雪月海卫新慧晓文亚金向",
        second: "芳华玲梅霞丽红英云萍敏琴娟兰香莲艳平芬燕凤荣珍菊娥勤",
        single: 15.0,
    },
    Fashion {
        until: i32::MAX,
        whole: &[
            "静", "丽", "敏", "艳", "娟", "霞", "燕", "婷", "雪", "颖", "丽娜", "晓燕", "海燕", "雪梅", "晓丽", "春燕",
        ],
        first: "晓丽海雪春小红秀玉亚文佳慧美婷思雅静艳冬莹倩梦欣",
        second: "丽燕娟霞静敏艳婷颖雪娜玲洁莉琳萍红梅芳蕾云倩丹慧",
        single: 30.0,
    },
];

/// A surname.
pub(super) fn surname(dice: &mut Dice) -> &'static str {
    let (names, weights) = &*SURNAME_TABLE;
    names[weights.draw(dice)]
}

/// A given name as it was given to a child of this sex in this year.
pub(super) fn given(dice: &mut Dice, sex: Sex, year: i32) -> String {
    let fashions = if sex == Sex::Male { &MEN } else { &WOMEN };
    let fashion = fashions.iter().find(|fashion| year <= fashion.until).unwrap_or(&fashions[4]);
    if dice.chance(fashion.single) {
        return dice.letter(fashion.second).to_string();
    }
    if dice.chance(22.0) {
        return dice.pick_early(fashion.whole).to_owned();
    }
    let first = dice.letter(fashion.first);
    let second = dice.letter(fashion.second);
    if first == second { first.to_string() } else { [first, second].into_iter().collect() }
}

/// A whole name. A few women born before 1930 are registered by the surnames of husband and father, as 王李氏.
pub(super) fn whole(dice: &mut Dice, surname: &str, sex: Sex, year: i32) -> String {
    if sex == Sex::Female && year < 1930 && dice.chance(4.0) {
        return format!("{surname}{}氏", self::surname(dice));
    }
    format!("{surname}{}", given(dice, sex, year))
}
