//! Photos in pieces: `POST /api/v1/files/{sm3}?key=CASE&offset=N&total=N`, body: the bytes from `offset` on. Pieces are
//! sealed with the key of the case's person and wait in the database, so that any process takes the next one; the last
//! one makes the file. Sent again, a piece or a whole file changes nothing.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query as UrlQuery, State},
};
use kernel::{Actor, Home, Result};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, ExprTrait, OnConflict, Order, Query},
};
use serde::{Deserialize, Serialize};
use store::{
    Lane, Tx,
    blobs::{Blobs, Sm3, Upload},
    seal::{Cell, DataKey},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{Benches, Case, Filed, Refusal, book, photo};
use crate::{edge::ApiResult, session::Session, state::AppState};

/// Bytes of one piece.
pub(super) const LARGEST_CHUNK: u64 = 1024 * 1024;

/// Where a piece belongs.
#[derive(Clone, Debug, Deserialize, IntoParams)]
pub(super) struct Piece {
    /// The case that the photo is about.
    key: String,
    /// Where in the file the piece begins.
    offset: u64,
    /// The whole file's length.
    total: u64,
}

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Received {
    /// Bytes that are here; the next piece begins there.
    pub received: u64,
    /// The whole file is here and kept.
    pub complete: bool,
}

/// Takes a piece of a photo.
#[utoipa::path(
    post, path = "/api/v1/files/{sm3}", tag = "phone", security(("session" = [])),
    params(("sm3" = String, Path, description = "SM3 of the whole file, in hexadecimal"), Piece),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, description = "How far the file is.", body = Received), (status = 413, description = "Too large."))
)]
pub(super) async fn post_file(
    State(state): State<AppState>,
    session: Session,
    Path(sm3): Path<String>,
    UrlQuery(piece): UrlQuery<Piece>,
    content: Bytes,
) -> ApiResult<Json<Received>> {
    let sm3: Sm3 = sm3.parse().map_err(|_| Refusal::WrongAddress)?;
    let most = state.config.photo_bytes;
    if piece.total > most || content.len() as u64 > most {
        return Err(Refusal::FileTooLarge { most: most >> 20 }.into());
    }
    let case = state.room::<Benches>()?.case(&state, &session.actor, &piece.key).await?;
    Ok(Json(take(&state, &session.actor, (case, sm3), &piece, content).await?))
}

async fn take(
    state: &AppState,
    actor: &Actor,
    (case, sm3): (Case, Sm3),
    piece: &Piece,
    content: Bytes,
) -> Result<Received> {
    let whole = Received { received: piece.total, complete: true };
    let blobs = state.room::<Blobs>()?;
    if let Some(file) = blobs.find(&state.db, case.home, case.person, sm3).await?
        && blobs.is_whole(&file).await?
    {
        keep(state, actor, case.home, case.person, sm3).await?;
        return Ok(whole);
    }
    let end = piece.offset + content.len() as u64;
    if content.is_empty() || end > piece.total {
        return Err(Refusal::WrongAddress.into());
    }
    let key = state.keys.data_key(case.home, case.person).await?;
    let pieces = Pieces { case, sm3, key };
    let added = state.db.write(Lane::Interactive, actor, async |tx| pieces.add(&tx, piece.offset, &content).await);
    let received = added.await?;
    if received < piece.total {
        return Ok(Received { received, complete: false });
    }
    let made = assembled(state, actor, &pieces).await;
    // Made or worthless: the pieces have done their work.
    state.db.write(Lane::Interactive, actor, async |tx| pieces.drop_all(&tx).await).await?;
    made?;
    keep(state, actor, case.home, case.person, sm3).await?;
    Ok(whole)
}

/// Puts the pieces together, looks at the result and stages it.
async fn assembled(state: &AppState, actor: &Actor, pieces: &Pieces) -> Result<()> {
    let content = pieces.read(&state.db).await?;
    let (sm3, most) = (pieces.sm3, state.config.photo_pixels);
    let checked = tokio::task::spawn_blocking(move || {
        if Sm3::of(&content) != sm3 {
            return Err(Refusal::WrongSum.into());
        }
        photo::checked(&content, most).map(|media| (content, media))
    });
    let (content, media) = checked.await??;
    let Case { home, place, person, .. } = pieces.case;
    let upload = Upload { home, place, subject: person, media: media.to_owned(), content: content.into() };
    state.room::<Blobs>()?.stage(&state.db, actor, upload).await?;
    Ok(())
}

/// A staged file of which a command spoke stays; nothing while one of both is missing.
pub(super) async fn keep(state: &AppState, actor: &Actor, home: Home, person: Uuid, sm3: Sm3) -> Result<()> {
    let blobs = state.room::<Blobs>()?;
    let file = blobs.find(&state.db, home, person, sm3).await?;
    if file.is_none_or(|file| file.is_referenced) || !book::is_spoken_of(&state.db, home, person, sm3).await? {
        return Ok(());
    }
    let benches = state.room::<Benches>()?;
    state
        .db
        .write(Lane::Interactive, actor, async |tx| {
            blobs.reference(&tx, home, person, &[sm3]).await?;
            benches.filed(&tx, Filed { home, person, sm3 }).await
        })
        .await
}

/// The pieces of one file.
struct Pieces {
    case: Case,
    sm3: Sm3,
    key: DataKey,
}

impl Pieces {
    fn cell(&self) -> Cell<'static> {
        Cell::new("file_chunks", "content_sealed", self.case.person)
    }

    fn these(&self) -> Expr {
        Expr::col("home")
            .eq(self.case.home.number())
            .and(Expr::col("person").eq(self.case.person))
            .and(Expr::col("sm3").eq(self.sm3.0.to_vec()))
    }

    /// Adds a piece and tells how many bytes are here without a gap; a piece that is here already changes nothing.
    async fn add(&self, tx: &Tx, offset: u64, content: &[u8]) -> Result<u64> {
        let here = self.received(tx).await?;
        if offset > here {
            return Err(Refusal::Gap { received: here }.into());
        }
        let fresh = content.get(usize::try_from(here - offset)?..).unwrap_or_default();
        if fresh.is_empty() {
            return Ok(here);
        }
        let sealed = self.key.seal(tx.ids(), self.cell(), fresh);
        let insert = Query::insert()
            .into_table("file_chunks")
            .columns(["home", "person", "sm3", "start", "made_at", "content_sealed"])
            .values([
                self.case.home.number().into(),
                self.case.person.into(),
                self.sm3.0.to_vec().into(),
                i64::try_from(here)?.into(),
                tx.now().into(),
                sealed.into(),
            ])?
            .on_conflict(OnConflict::new().do_nothing().to_owned())
            .to_owned();
        tx.execute(&insert).await?;
        self.received(tx).await
    }

    async fn rows(&self, db: &impl ConnectionTrait) -> Result<Vec<(u64, Vec<u8>)>> {
        let select = Query::select()
            .columns(["start", "content_sealed"])
            .from("file_chunks")
            .and_where(self.these())
            .order_by("start", Order::Asc)
            .to_owned();
        let rows = db.query_all(&select).await?;
        rows.iter()
            .map(|row| Ok((u64::try_from(row.try_get::<i64>("", "start")?)?, row.try_get("", "content_sealed")?)))
            .collect()
    }

    async fn received(&self, db: &impl ConnectionTrait) -> Result<u64> {
        let rows = self.rows(db).await?;
        Ok(rows.last().map_or(0, |(start, sealed)| start + sealed.len().saturating_sub(store::seal::OVERHEAD) as u64))
    }

    async fn read(&self, db: &impl ConnectionTrait) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        for (_, sealed) in self.rows(db).await? {
            content.extend(self.key.open(self.cell(), &sealed)?);
        }
        Ok(content)
    }

    async fn drop_all(&self, tx: &Tx) -> Result<()> {
        tx.execute(&Query::delete().from_table("file_chunks").and_where(self.these()).to_owned()).await?;
        Ok(())
    }
}
