//! The HTTP side: readings in, answers out.
//!
//! | | |
//! | --- | --- |
//! | `POST /v1/readings` | readings from meters |
//! | `GET /v1/batches` | readings that wait in the buffer, for the off-chain workers of validators (SCALE) |
//! | `GET /v1/stats` | counters, as JSON |
//! | `GET /v1/intervals` | the latest intervals in sum |
//! | `GET /v1/devices/{id}/series` | a device's readings, from finalised blocks |
//! | `GET /v1/stream` | finalised blocks as they come (server-sent events) |
//! | `GET /metrics` | the same counters for Prometheus |
//! | `GET /healthz` | whether readings are being taken |
//! | `GET /` | a page that shows all this |

mod access;
mod batches;
mod body;
mod dashboard;
mod error;
mod query;
mod readings;
mod stream;

pub use stream::{BlockNews, News};

use crate::{buffer::Buffer, metrics::Metrics, registry::Registry, store::Store};
use axum::{
	routing::{get, post},
	Router,
};
use gridtokenx_primitives::hub::BATCHES_PATH;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Most readings in one request.
pub const MAX_BATCH: usize = 10_000;
/// Largest body of a request, bytes: [`MAX_BATCH`] readings with room for spaces.
pub const MAX_BODY: usize = 6 * 1024 * 1024;
/// Requests whose signatures are being checked or wait for it. Beyond this, the next one comes back later.
const MAX_REQUESTS: usize = 64;

/// What the handlers share.
#[derive(Clone)]
pub struct Hub {
	/// Who may speak.
	pub registry: Registry,
	/// Where readings go.
	pub buffer: Buffer,
	/// Where answers come from.
	pub store: Arc<Store>,
	/// What the operator watches.
	pub metrics: Metrics,
	/// Finalised blocks as they come.
	pub news: News,
	/// What a client has to show for data about a single household; none is needed on a development chain.
	pub token: Option<Arc<str>>,
	/// A permit for each request that may be worked on at once.
	pub requests: Arc<Semaphore>,
}

impl Hub {
	/// A hub with room for the usual number of requests at once.
	pub fn new(registry: Registry, buffer: Buffer, store: Arc<Store>, metrics: Metrics, token: Option<String>) -> Self {
		Hub {
			registry,
			buffer,
			store,
			metrics,
			news: News::default(),
			token: token.map(Arc::from),
			requests: Arc::new(Semaphore::new(MAX_REQUESTS)),
		}
	}

	/// The hub's routes.
	pub fn router(self) -> Router {
		Router::new()
			.route("/v1/readings", post(readings::submit))
			.route(BATCHES_PATH, get(batches::waiting))
			.route("/v1/stats", get(query::stats))
			.route("/v1/intervals", get(query::intervals))
			.route("/v1/devices/{id}/series", get(query::series))
			.route("/v1/stream", get(stream::follow))
			.route("/metrics", get(query::metrics))
			.route("/healthz", get(query::health))
			.route("/", get(dashboard::page))
			.with_state(self)
	}
}

#[cfg(test)]
mod tests;
