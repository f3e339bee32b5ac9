//! Writes a sheet of invented elders as offices keep it, for the benchmark: `sheet_of_elders CITY COUNT SEED > FILE.csv`.

use std::io::{self, BufWriter, Write};

use registry::elders::synthetic::{People, Person};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().ok_or("usage: sheet_of_elders CITY COUNT SEED");
    let (city, count, seed) = (word()?.parse()?, word()?.parse()?, word()?.parse()?);
    let mut out = BufWriter::new(io::stdout().lock());
    writeln!(
        out,
        "姓名,证件类型,证件号码,性别,出生日期,手机,固定电话,户籍地址,居住地区划代码,居住地址,经度,纬度,居住状况,人员类别,紧急联系人,联系人电话,联系人关系,备注"
    )?;
    for person in People::new(city, count, seed) {
        line(&mut out, &person)?;
    }
    Ok(out.flush()?)
}

fn line(out: &mut impl Write, person: &Person) -> io::Result<()> {
    let tags: Vec<_> = person.tags.iter().map(|tag| tag.word()).collect();
    let contact = person.contacts.first();
    writeln!(
        out,
        "{},居民身份证,{},{},{},{},{},{},{},{},{:.6},{:.6},{},{},{},{},{},{}",
        person.name,
        person.resident_id.reveal(),
        person.sex.word(),
        person.birth,
        person.mobile.as_deref().unwrap_or_default(),
        person.landline.as_deref().unwrap_or_default(),
        person.hukou_address,
        person.place,
        person.address,
        person.spot.longitude,
        person.spot.latitude,
        person.living.word(),
        tags.join("；"),
        contact.map_or("", |contact| contact.name.as_str()),
        contact.map_or("", |contact| contact.phone.as_str()),
        contact.map_or("", |contact| contact.relation),
        person.remark.unwrap_or_default(),
    )
}
