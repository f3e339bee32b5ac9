//! Taking workers on, changing what is known of them, letting them go.

use kernel::{Action, Event, Facts, Key, Region, Result, Sex};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::{Deserialize, Serialize};
use store::{Tx, guarded, sea_orm};
use uuid::Uuid;

use super::{
    Refusal,
    model::{ActiveModel, Column, Entity, Model as Worker, Status, skill_bit},
    queries,
};
use crate::{
    organisations::{self, is_phone},
    places,
};

/// A new worker.
#[derive(Clone, Debug)]
pub struct New {
    /// Where the worker sets out from.
    pub place: Region,
    /// Name.
    pub name: String,
    /// Sex.
    pub sex: Sex,
    /// Work telephone.
    pub phone: String,
    /// Skill level of the certificate, 5 to 1.
    pub cert_level: Option<i16>,
    /// Bit set of service classes, see [`super::skill_bit`].
    pub skills: i64,
    /// Degrees east and north.
    pub point: Option<(f64, f64)>,
}

/// A worker began to work for an organisation.
#[derive(Debug, Serialize, Deserialize)]
pub struct Employed {
    /// Organisation and worker.
    pub parties: Vec<Uuid>,
}

impl Facts for Employed {
    const KIND: &'static str = "worker.employed";
}

/// Enters a worker who works for nobody yet.
///
/// # Errors
/// Internal failures only.
pub async fn enter(tx: &Tx, new: New) -> Result<Worker> {
    let row = ActiveModel {
        id: Set(tx.uuid()),
        place: Set(new.place.code()),
        name: Set(new.name),
        sex: Set(new.sex.code()),
        phone: Set(new.phone),
        cert_level: Set(new.cert_level),
        skills: Set(new.skills),
        longitude: Set(new.point.map(|point| point.0)),
        latitude: Set(new.point.map(|point| point.1)),
        status: Set(Status::Active.code().to_owned()),
        version: Set(1),
    };
    Ok(Entity::insert(row).exec_with_returning(tx).await?)
}

/// Employs a worker from today on.
///
/// # Errors
/// Internal failures only.
pub async fn employ(tx: &Tx, worker: &Worker, organisation: Uuid) -> Result<()> {
    let insert = Query::insert()
        .into_table("employments")
        .columns(["worker", "organisation", "since"])
        .values([worker.id.into(), organisation.into(), tx.today().into()])?
        .to_owned();
    tx.execute(&insert).await?;
    let place = worker.place()?;
    if let Some(home) = place.home() {
        let facts = Employed { parties: vec![organisation, worker.id] };
        tx.journal(Event::new(Key::<Worker>::new(home, worker.id), place, &facts)?);
    }
    Ok(())
}

/// What an administrator writes about a worker.
#[derive(Clone, Debug, Default)]
pub struct Particulars {
    /// Name.
    pub name: String,
    /// `1` male, `2` female.
    pub sex: String,
    /// Work telephone.
    pub phone: String,
    /// Level of the certificate, 1 to 5; empty without one.
    pub cert_level: String,
    /// Numbers of the service classes, 1 to 7.
    pub skills: Vec<i16>,
    /// Where the worker sets out from: name or code; empty is the seat of the organisation.
    pub place: String,
}

/// A worker's particulars changed; the whole new state.
#[derive(Debug, Serialize, Deserialize)]
pub struct Revised {
    /// Where the worker sets out from.
    pub place: i64,
    /// Level of the certificate.
    pub cert_level: Option<i16>,
    /// Bit set of service classes.
    pub skills: i64,
    /// Organisation and worker.
    pub parties: Vec<Uuid>,
}

impl Facts for Revised {
    const KIND: &'static str = "worker.revised";
}

/// A worker stopped working for an organisation.
#[derive(Debug, Serialize, Deserialize)]
pub struct Left {
    /// Organisation and worker.
    pub parties: Vec<Uuid>,
}

impl Facts for Left {
    const KIND: &'static str = "worker.left";
}

impl Particulars {
    /// As a row wants it.
    fn checked(&self, seat: Region) -> Result<New> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 40 {
            return Err(Refusal::NameWanted.into());
        }
        let sex = match self.sex.as_str() {
            "1" => Sex::Male,
            "2" => Sex::Female,
            _ => return Err(Refusal::SexWanted.into()),
        };
        if !is_phone(&self.phone) {
            return Err(Refusal::PhoneWrong.into());
        }
        let cert_level = match self.cert_level.trim() {
            "" => None,
            level => Some(level.parse().ok().filter(|n| (1..=5).contains(n)).ok_or(Refusal::LevelWrong)?),
        };
        let known = self.skills.iter().filter(|class| (1..=7).contains(*class));
        let skills = known.fold(0, |bits, class| bits | skill_bit(*class));
        if skills == 0 {
            return Err(Refusal::SkillsWanted.into());
        }
        let place = match self.place.trim() {
            "" => seat,
            text => places::find(text).first().map(|place| place.region).ok_or(Refusal::PlaceWrong)?,
        };
        let phone = self.phone.trim().to_owned();
        Ok(New { place, name: name.to_owned(), sex, phone, cert_level, skills, point: None })
    }
}

/// Takes a new worker on for an organisation that the actor looks after.
///
/// # Errors
/// [`Refusal`]; [`organisations::Refusal::NotActive`]; [`kernel::Common`].
pub async fn hire(tx: &Tx, organisation: Uuid, particulars: &Particulars) -> Result<Worker> {
    let employer = organisations::queries::visible(tx, &tx.actor().scope(), organisation).await?;
    tx.actor().may(Action::ManageWorkers)?;
    if !employer.is_active() {
        return Err(organisations::Refusal::NotActive { status: employer.status().word().to_owned() }.into());
    }
    let worker = enter(tx, particulars.checked(employer.seat()?)?).await?;
    employ(tx, &worker, employer.id).await?;
    Ok(worker)
}

/// A worker of an organisation that the actor looks after.
async fn own(tx: &Tx, organisation: Uuid, worker: Uuid) -> Result<Worker> {
    organisations::queries::visible(tx, &tx.actor().scope(), organisation).await?;
    tx.actor().may(Action::ManageWorkers)?;
    if !queries::works_for(tx, worker, organisation, tx.today()).await? {
        return Err(Refusal::NotEmployed.into());
    }
    queries::get(tx, worker).await
}

fn tell(tx: &Tx, worker: &Worker, facts: &impl Facts) -> Result<()> {
    let place = worker.place()?;
    if let Some(home) = place.home() {
        tx.journal(Event::new(Key::<Worker>::new(home, worker.id), place, facts)?);
    }
    Ok(())
}

/// Changes a worker's particulars.
///
/// # Errors
/// [`Refusal`]; [`kernel::Common`].
pub async fn revise(tx: &Tx, organisation: Uuid, worker: Uuid, particulars: &Particulars) -> Result<Worker> {
    let before = own(tx, organisation, worker).await?;
    let new = particulars.checked(before.place()?)?;
    let point = before.point().filter(|_| new.place.code() == before.place);
    let after = Worker {
        place: new.place.code(),
        name: new.name,
        sex: new.sex.code(),
        phone: new.phone,
        cert_level: new.cert_level,
        skills: new.skills,
        longitude: point.map(|point| point.0),
        latitude: point.map(|point| point.1),
        version: before.version + 1,
        ..before.clone()
    };
    let mut row = ActiveModel::from(after.clone()).reset_all();
    row.id = NotSet;
    let update =
        Entity::update_many().set(row).filter(Column::Id.eq(worker)).filter(Column::Version.eq(before.version));
    guarded(update.exec(tx).await?.rows_affected)?;
    let (cert_level, skills, parties) = (after.cert_level, after.skills, vec![organisation, worker]);
    tell(tx, &after, &Revised { place: after.place, cert_level, skills, parties })?;
    Ok(after)
}

/// Ends an employment with yesterday, and the grants that the worker's accounts had from it.
///
/// # Errors
/// [`Refusal::NotEmployed`]; [`kernel::Common`].
pub async fn leave(tx: &Tx, organisation: Uuid, worker: Uuid) -> Result<()> {
    let row = own(tx, organisation, worker).await?;
    let end = tx.today().pred_opt().ok_or(Refusal::NotEmployed)?;
    let update = Query::update()
        .table("employments")
        .value("until", end)
        .and_where(Expr::col("worker").eq(worker))
        .and_where(Expr::col("organisation").eq(organisation))
        .and_where(Expr::col("until").is_null())
        .to_owned();
    guarded(tx.execute(&update).await?.rows_affected())?;
    for (account, grant) in web::accounts::grants_of_worker(tx, worker, organisation).await? {
        web::accounts::end_grant(tx, &account, grant).await?;
    }
    tell(tx, &row, &Left { parties: vec![organisation, worker] })
}
