//! `GET /v1/stream`: finalised blocks as they come.

use super::Hub;
use axum::{
	extract::State,
	response::sse::{Event, KeepAlive, Sse},
};
use futures::Stream;
use serde::Serialize;
use std::convert::Infallible;
use tokio::sync::broadcast;
use tokio_stream::{wrappers::BroadcastStream, StreamExt};

/// Blocks that a slow listener may fall behind before it misses some.
const BACKLOG: usize = 256;

/// What a finalised block brought, in sum.
#[derive(Clone, Debug, Serialize)]
pub struct BlockNews {
	/// The block's number.
	pub block: u64,
	/// Its time, Unix milliseconds.
	pub time_ms: u64,
	/// Readings accepted.
	pub accepted: usize,
	/// Readings refused.
	pub refused: usize,
	/// Trades.
	pub fills: usize,
	/// Changes of dispatches.
	pub dispatches: usize,
}

/// Tells everyone who listens; clones share the listeners.
#[derive(Clone)]
pub struct News(broadcast::Sender<BlockNews>);

impl Default for News {
	fn default() -> Self {
		News(broadcast::Sender::new(BACKLOG))
	}
}

impl News {
	/// Passes a block on.
	pub fn tell(&self, news: BlockNews) {
		// Without listeners there is nobody to tell.
		let _ = self.0.send(news);
	}
}

pub(super) async fn follow(State(hub): State<Hub>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
	let blocks = BroadcastStream::new(hub.news.0.subscribe());
	let events = blocks.filter_map(|news| {
		// A listener that fell behind goes on with the next block there is: the numbers show the gap.
		let event = Event::default().event("block").json_data(news.ok()?);
		event.ok().map(Ok)
	});
	Sse::new(events).keep_alive(KeepAlive::default())
}
