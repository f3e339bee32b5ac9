//! `GET /healthz`: whether people can work, for balancers and monitors; 200 or 503. What is wrong the metrics tell.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};
use store::health::Health;

use crate::{
    routes::{Access, Routes},
    state::AppState,
};

pub(crate) fn routes() -> Routes {
    Routes::new("web").get("/healthz", Access::Public, show)
}

async fn show(State(state): State<AppState>) -> (StatusCode, Json<Value>) {
    match Health::read(&state.db).await {
        Ok(health) if health.is_well() => (StatusCode::OK, Json(json!({ "status": "ok" }))),
        Ok(_) => (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "failing" }))),
        Err(failure) => {
            tracing::warn!(?failure, "the database cannot be asked how it is");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "away" })))
        }
    }
}
