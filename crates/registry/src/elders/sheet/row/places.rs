//! The place code, the address and the point on the globe.

use std::ops::RangeInclusive;

use kernel::{Level, Region, RegionFault, Text, text};

use super::{Cell, Column, Form, Given, Point, Reading};
use crate::normal::{self, is_han};

/// Degrees east between which China lies, with the sea's islands (plausibility only).
const LONGITUDES: RangeInclusive<f64> = 73.0..=135.5;
/// Degrees north between which China lies (plausibility only).
const LATITUDES: RangeInclusive<f64> = 3.0..=54.0;

/// What the names of a place lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// One place.
    One(Region),
    /// Several, by their full names.
    Several(Vec<String>),
    /// None of the names, or none behind the ones before: how many of them were understood, and where that is.
    None {
        /// The narrowest place that was understood.
        within: Option<String>,
    },
}

/// What a sheet's places are held against.
pub trait Places {
    /// Whether there is such a place, under the code that holds now.
    fn exists(&self, place: Region) -> bool;

    /// The place to which an old code leads.
    fn successor(&self, _old: Region) -> Option<Region> {
        None
    }

    /// The place that names mean, from wide to narrow, each perhaps of a known level; each may leave levels out.
    fn named(&self, _names: &[(Option<Level>, &str)]) -> Named {
        Named::None { within: None }
    }

    /// Where everybody of the sheet lives whose row does not say it.
    fn whole(&self) -> Option<Region> {
        None
    }
}

impl<F: Fn(Region) -> bool> Places for F {
    fn exists(&self, place: Region) -> bool {
        self(place)
    }
}

impl Reading<'_> {
    /// The place: by its code, or by names that stand in its column or in those of county, town and village.
    pub(super) fn place(&mut self) -> Option<Region> {
        let narrow = [Column::County, Column::Town, Column::Village];
        let mut names = Vec::new();
        for column in narrow {
            match self.given(column) {
                Given::Unreadable => return None,
                Given::Nothing => {}
                Given::Cell(cell) => names.push((column, cell.text)),
            }
        }
        match self.given(Column::Place) {
            Given::Unreadable => return None,
            Given::Cell(cell) if is_code(cell) => return self.coded(cell),
            Given::Cell(cell) => {
                names.retain(|(column, _)| *column != Column::Village);
                names.push((Column::Place, cell.text));
            }
            Given::Nothing => {}
        }
        let Some((column, last)) = names.last().copied() else {
            let column = [Column::Place, Column::Village, Column::Town].into_iter().find(|c| self.header.has(*c));
            if self.rules.places.whole().is_none() {
                self.missing(column.unwrap_or(Column::Place));
            }
            return self.rules.places.whole();
        };
        let written: Vec<_> = names.iter().map(|(column, name)| (level(*column), *name)).collect();
        let (reason, cure) = match self.rules.places.named(&written) {
            Named::One(place) => return Some(place),
            Named::Several(places) => (
                text!("有几个地方叫这个名字：{places}", places = places.join("、")),
                text!("写上街道（乡镇），或填区划代码"),
            ),
            Named::None { within: Some(place) } => {
                (text!("{place}里没有这个地方", place = place), text!("查对名称；查不到的先空着，只填街道（乡镇）"))
            }
            Named::None { within: None } => {
                (text!("您的范围里没有这个地方"), text!("查对名称，或填 6、9、12 位的区划代码；模板里有名称的下拉表"))
            }
        };
        self.fault(column, last, reason, cure);
        None
    }

    fn coded(&mut self, cell: Cell<'_>) -> Option<Region> {
        match self.known(cell) {
            Ok(place) => Some(place),
            Err((reason, cure)) => {
                self.fault(Column::Place, cell.text, reason, cure);
                None
            }
        }
    }

    fn known(&mut self, cell: Cell<'_>) -> Result<Region, (Text, Text)> {
        let code = normal::code(cell.text);
        if cell.form == Form::Date || code.contains('e') {
            return Err((text!("被当成数字或日期改掉了"), text!("把居住地区划代码列设为文本，再重新填写")));
        }
        let place: Region = code.parse().map_err(|fault| match fault {
            RegionFault::Shape => (text!("不是区划代码"), text!("填 6、9 或 12 位数字的区划代码")),
            RegionFault::Gap => (text!("区划代码中间缺了一级"), text!("查对最新的区划代码")),
        })?;
        if place.level() < Level::County {
            return Err((text!("只到省或市，太宽了"), text!("至少填到区县（6 位），最好填到村（社区，12 位）")));
        }
        let places = self.rules.places;
        if places.exists(place) {
            return Ok(place);
        }
        if let Some(now) = places.successor(place).filter(|now| places.exists(*now)) {
            let reason = text!("旧代码已换成 {code}，按新代码收下", code = now.short());
            self.note(Column::Place, cell.text, reason, text!("以后填新代码"));
            return Ok(now);
        }
        let county = place.line().find(|p| *p != place && p.level() >= Level::County && places.exists(*p));
        Err(match county {
            Some(wider) => (
                text!("{wider} 里没有这个代码", wider = wider.short()),
                text!("查对最新的区划代码；查不到的先填 {wider}", wider = wider.short()),
            ),
            None => (text!("没有这个区划代码"), text!("查对最新的区划代码")),
        })
    }

    pub(super) fn address(&mut self) -> Option<String> {
        self.required(Column::Address)?;
        self.free_text(Column::Address)
    }

    /// Both coordinates or none.
    pub(super) fn point(&mut self) -> Option<Point> {
        let (east, north) = (self.optional(Column::Longitude), self.optional(Column::Latitude));
        let (east, north) = match (east, north) {
            (None, None) => return self.coordinates(),
            (Some(east), Some(north)) => (east.text, north.text),
            (Some(east), None) => return self.lonely(Column::Longitude, east.text),
            (None, Some(north)) => return self.lonely(Column::Latitude, north.text),
        };
        let (longitude, latitude) = (degrees(east), degrees(north));
        let lies = |value: Option<f64>, range: &RangeInclusive<f64>| value.is_some_and(|v| range.contains(&v));
        if lies(longitude, &LATITUDES) && lies(latitude, &LONGITUDES) {
            self.fault(Column::Longitude, east, text!("经度和纬度填反了"), text!("把两列对调"));
            return None;
        }
        for (column, value, text, range) in
            [(Column::Longitude, longitude, east, &LONGITUDES), (Column::Latitude, latitude, north, &LATITUDES)]
        {
            if !lies(value, range) {
                let cure = text!("填十进制的度数，在 {from} 到 {to} 之间", from = range.start(), to = range.end());
                self.fault(column, text, text!("不是中国境内的坐标"), cure);
            }
        }
        let inside = lies(longitude, &LONGITUDES) && lies(latitude, &LATITUDES);
        Some(Point { longitude: longitude?, latitude: latitude? }).filter(|_| inside)
    }

    /// Both coordinates in one cell, in either order: China's do not overlap.
    fn coordinates(&mut self) -> Option<Point> {
        let cell = self.optional(Column::Coordinates)?;
        let folded = normal::fold(cell.text);
        let parts = folded.split([',', ';', '、', '/', '|', ' ']).map(str::trim).filter(|part| !part.is_empty());
        let read: Vec<_> = parts.map(degrees).collect();
        let point = match read[..] {
            [Some(a), Some(b)] if LONGITUDES.contains(&a) && LATITUDES.contains(&b) => Some((a, b)),
            [Some(a), Some(b)] if LONGITUDES.contains(&b) && LATITUDES.contains(&a) => Some((b, a)),
            _ => None,
        };
        if point.is_none() {
            self.fault(
                Column::Coordinates,
                cell.text,
                text!("不是中国境内的坐标"),
                text!("写成 113.8261,34.0225 的样子，先经度后纬度"),
            );
        }
        point.map(|(longitude, latitude)| Point { longitude, latitude })
    }

    fn lonely(&mut self, column: Column, value: &str) -> Option<Point> {
        self.fault(column, value, text!("经度和纬度只填了一个"), text!("两个都填，或都不填"));
        None
    }
}

/// The level of the places that a column names.
const fn level(column: Column) -> Option<Level> {
    match column {
        Column::County => Some(Level::County),
        Column::Town => Some(Level::Town),
        Column::Village => Some(Level::Village),
        _ => None,
    }
}

/// Whether a cell was meant as a code: digits, or what became of them.
fn is_code(cell: Cell<'_>) -> bool {
    cell.form == Form::Date || cell.text.starts_with(|c: char| c.is_numeric()) && !cell.text.chars().any(is_han)
}

/// Degrees as a decimal number, or as degrees, minutes and seconds.
fn degrees(text: &str) -> Option<f64> {
    let folded = normal::fold(text);
    let bare =
        folded.trim_matches(|c: char| c.is_whitespace() || matches!(c, 'e' | 'n' | '东' | '北' | '经' | '纬' | ':'));
    let parts: Vec<&str> = bare
        .split(['°', '度', '′', '\'', '’', '分', '″', '"', '”', '秒', '\u{2032}', '\u{2033}'])
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    let plain = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    let numbers: Vec<f64> = parts.iter().filter_map(|part| part.parse().ok()).collect();
    match numbers[..] {
        _ if !plain || numbers.len() != parts.len() => None,
        [whole] => Some(whole),
        [whole, minutes] if minutes < 60.0 => Some(whole + minutes / 60.0),
        [whole, minutes, seconds] if minutes < 60.0 && seconds < 60.0 => {
            Some(whole + minutes / 60.0 + seconds / 3_600.0)
        }
        _ => None,
    }
}
