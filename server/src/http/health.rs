//! Whether the server lives, whether it can work, and what it counts.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics_exporter_prometheus::PrometheusHandle;
use sea_orm::ConnectionTrait;
use tokio_util::sync::CancellationToken;

use super::{Authenticate, bearer};
use crate::{caller::Scope, db::Database};

/// What the process has counted.
pub type Metrics = PrometheusHandle;

/// What the answers are made from.
#[derive(Clone)]
pub struct Health {
    pub db: Database,
    /// The server is about to end: no new work, please.
    pub stop: CancellationToken,
    pub metrics: Metrics,
    /// Who must be known to read the figures; `None` for everybody.
    pub metrics_for: Option<Arc<dyn Authenticate>>,
}

/// `/healthz`, `/readyz` and `/metrics`.
pub fn health_routes(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
        .with_state(health)
}

/// Ready while the database answers and the server is not about to end. An agent that is down is its project's matter.
async fn ready(State(health): State<Health>) -> Response {
    if health.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "ending\n").into_response();
    }
    match health.db.reader().execute_unprepared("SELECT 1").await {
        Ok(_) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

async fn figures(State(health): State<Health>, headers: HeaderMap) -> Response {
    if let Some(authenticate) = &health.metrics_for {
        let caller = match bearer(&headers) {
            Ok(Some(token)) => authenticate.authenticate(&token).await.ok(),
            Ok(None) | Err(_) => None,
        };
        if !caller.is_some_and(|caller| caller.may(Scope::Read)) {
            return (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response();
        }
    }
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], health.metrics.render()).into_response()
}
