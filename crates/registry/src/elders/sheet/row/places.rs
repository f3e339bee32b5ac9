//! The place code, the address and the point on the globe.

use std::ops::RangeInclusive;

use kernel::{Level, Region, RegionFault, Text, text};

use super::{Cell, Column, Form, Point, Reading};

/// Degrees east between which China lies, with the sea's islands (plausibility only).
const LONGITUDES: RangeInclusive<f64> = 73.0..=135.5;
/// Degrees north between which China lies (plausibility only).
const LATITUDES: RangeInclusive<f64> = 3.0..=54.0;

impl Reading<'_> {
    pub(super) fn place(&mut self) -> Option<Region> {
        let cell = self.required(Column::Place)?;
        match self.known(cell) {
            Ok(place) => Some(place),
            Err((reason, cure)) => {
                self.fault(Column::Place, cell.text, reason, cure);
                None
            }
        }
    }

    fn known(&self, cell: Cell<'_>) -> Result<Region, (Text, Text)> {
        let scientific = cell.text.bytes().any(|b| b == b'E' || b == b'e');
        if cell.form == Form::Date || (scientific && cell.text.starts_with(|c: char| c.is_ascii_digit())) {
            return Err((text!("被当成数字或日期改掉了"), text!("把居住地区划代码列设为文本，再重新填写")));
        }
        let place: Region = cell.text.parse().map_err(|fault| match fault {
            RegionFault::Shape => (text!("不是区划代码"), text!("填 6、9 或 12 位数字的区划代码")),
            RegionFault::Gap => (text!("区划代码中间缺了一级"), text!("查对最新的区划代码")),
        })?;
        if place.level() < Level::County {
            return Err((text!("只到省或市，太宽了"), text!("至少填到区县（6 位），最好填到村（社区，12 位）")));
        }
        if (self.rules.exists)(place) {
            return Ok(place);
        }
        let county = place.line().find(|p| *p != place && p.level() >= Level::County && (self.rules.exists)(*p));
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
            (None, None) => return None,
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

    fn lonely(&mut self, column: Column, value: &str) -> Option<Point> {
        self.fault(column, value, text!("经度和纬度只填了一个"), text!("两个都填，或都不填"));
        None
    }
}

fn degrees(text: &str) -> Option<f64> {
    let text = text.trim_end_matches('°');
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    plain.then(|| text.parse().ok()).flatten()
}
