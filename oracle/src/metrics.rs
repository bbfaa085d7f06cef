//! What the operator watches: counters for Prometheus, of which `/v1/stats` shows the most important as JSON.

use crate::reason::Reason;
use prometheus_client::{
	encoding::{text::encode, EncodeLabelSet},
	metrics::{
		counter::Counter,
		family::Family,
		gauge::Gauge,
		histogram::{exponential_buckets, Histogram},
	},
	registry::Registry,
};
use std::{sync::Arc, time::Duration};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rejected {
	reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
	reason: String,
}

/// All metrics; clones share them.
#[derive(Clone)]
pub struct Metrics {
	registry: Arc<Registry>,
	/// Readings taken by the hub, repeats included.
	pub accepted: Counter,
	rejected: Family<Rejected, Counter>,
	refused: Family<Refused, Counter>,
	/// Requests turned away under back-pressure.
	pub turned_away: Counter,
	/// Readings in the buffer.
	pub buffered: Gauge,
	/// Batches that may be in the node's pool, or in a block that is not final.
	pub in_flight: Gauge,
	/// Readings sent to the chain, repeats after a loss included.
	pub submitted: Counter,
	/// Readings of this oracle's batches that the chain accepted, in finalised blocks.
	pub finalised: Counter,
	/// Batches that were signed again because the chain did not take them in time.
	pub resigned: Counter,
	/// 1 while the node answers.
	pub connected: Gauge,
	/// Number of the last finalised block that was read.
	pub last_block: Gauge,
	/// Unix time of that block, seconds.
	pub last_block_time: Gauge,
	acknowledged: Histogram,
}

impl Default for Metrics {
	fn default() -> Self {
		let acknowledged = Histogram::new(exponential_buckets(0.001, 2.0, 14));
		let mut metrics = Metrics {
			registry: Arc::default(),
			accepted: Counter::default(),
			rejected: Family::default(),
			refused: Family::default(),
			turned_away: Counter::default(),
			buffered: Gauge::default(),
			in_flight: Gauge::default(),
			submitted: Counter::default(),
			finalised: Counter::default(),
			resigned: Counter::default(),
			connected: Gauge::default(),
			last_block: Gauge::default(),
			last_block_time: Gauge::default(),
			acknowledged,
		};
		metrics.registry = Arc::new(metrics.register());
		metrics
	}
}

impl Metrics {
	fn register(&self) -> Registry {
		let mut all = Registry::with_prefix("gridtokenx_oracle");
		all.register(
			"readings_accepted",
			"Readings taken by the hub, repeats included",
			self.accepted.clone(),
		);
		all.register(
			"readings_rejected",
			"Readings rejected by the hub",
			self.rejected.clone(),
		);
		all.register(
			"readings_refused",
			"Readings refused by the chain",
			self.refused.clone(),
		);
		all.register(
			"readings_buffered",
			"Readings waiting for the chain",
			self.buffered.clone(),
		);
		all.register(
			"readings_submitted",
			"Readings sent to the chain, repeats included",
			self.submitted.clone(),
		);
		all.register(
			"readings_finalised",
			"Readings accepted in finalised blocks",
			self.finalised.clone(),
		);
		all.register(
			"requests_turned_away",
			"Requests turned away under back-pressure",
			self.turned_away.clone(),
		);
		all.register(
			"batches_in_flight",
			"Batches sent and not yet final",
			self.in_flight.clone(),
		);
		all.register(
			"batches_resigned",
			"Batches signed again after a loss",
			self.resigned.clone(),
		);
		all.register("node_connected", "1 while the node answers", self.connected.clone());
		all.register(
			"last_finalised_block",
			"Number of the last finalised block read",
			self.last_block.clone(),
		);
		all.register(
			"last_finalised_block_timestamp_seconds",
			"Unix time of the last finalised block read",
			self.last_block_time.clone(),
		);
		all.register(
			"acknowledgement_seconds",
			"From the arrival of a request to its durable acknowledgement",
			self.acknowledged.clone(),
		);
		all
	}

	/// Counts a reading that the hub rejected.
	pub fn reject(&self, reason: Reason) {
		self.rejected.get_or_create(&Rejected { reason }).inc();
	}

	/// How many readings the hub rejected for this reason.
	pub fn rejected(&self, reason: Reason) -> u64 {
		self.rejected
			.get(&Rejected { reason })
			.map_or(0, |counter| counter.get())
	}

	/// Counts a reading that the chain refused.
	pub fn refuse(&self, reason: &str) {
		self.refused.get_or_create(&Refused { reason: reason.into() }).inc();
	}

	/// Notes how long a request took to be acknowledged.
	pub fn acknowledge(&self, after: Duration) {
		self.acknowledged.observe(after.as_secs_f64());
	}

	/// All metrics in the text format that Prometheus reads.
	pub fn text(&self) -> String {
		let mut text = String::new();
		// Writing to a string cannot fail.
		let _ = encode(&mut text, &self.registry);
		text
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn text_should_show_what_was_counted() {
		let metrics = Metrics::default();
		metrics.accepted.inc_by(3);
		metrics.reject(Reason::BadSignature);
		metrics.refuse("stale");
		metrics.acknowledge(Duration::from_millis(3));
		let text = metrics.text();
		for line in [
			"gridtokenx_oracle_readings_accepted_total 3",
			"gridtokenx_oracle_readings_rejected_total{reason=\"bad_signature\"} 1",
			"gridtokenx_oracle_readings_refused_total{reason=\"stale\"} 1",
			"gridtokenx_oracle_acknowledgement_seconds_count 1",
		] {
			assert!(text.contains(line), "{line} is missing in\n{text}");
		}
		assert_eq!(metrics.rejected(Reason::BadSignature), 1);
		assert_eq!(metrics.rejected(Reason::Stale), 0);
	}
}
