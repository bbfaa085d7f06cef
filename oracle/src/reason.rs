//! Why a reading is turned away.

use prometheus_client::encoding::{EncodeLabelValue, LabelValueEncoder};
use serde::Serialize;

/// Why the hub rejects a reading. The names are those of the chain's own refusals, so that a meter's maker learns one list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
	/// A field is missing, of the wrong type or out of range, or a reserved quality bit is set.
	Malformed,
	/// No device with this index is registered.
	UnknownDevice,
	/// The device is pending, suspended or decommissioned.
	Inactive,
	/// The device has changed its key: the reading states another epoch than the registry.
	WrongEpoch,
	/// The interval is not over yet.
	Future,
	/// Not newer than what the chain knows of the device, in an interval that is measured.
	Stale,
	/// The signature is not by the device's key over these values.
	BadSignature,
	/// Validly signed, but other registers were accepted from this device for the same interval.
	Conflicting,
}

impl Reason {
	/// All reasons, for reports that list each.
	pub const ALL: [Reason; 8] = [
		Reason::Malformed,
		Reason::UnknownDevice,
		Reason::Inactive,
		Reason::WrongEpoch,
		Reason::Future,
		Reason::Stale,
		Reason::BadSignature,
		Reason::Conflicting,
	];

	/// The name on the wire and in metrics.
	pub const fn as_str(self) -> &'static str {
		match self {
			Reason::Malformed => "malformed",
			Reason::UnknownDevice => "unknown_device",
			Reason::Inactive => "inactive",
			Reason::WrongEpoch => "wrong_epoch",
			Reason::Future => "future",
			Reason::Stale => "stale",
			Reason::BadSignature => "bad_signature",
			Reason::Conflicting => "conflicting",
		}
	}
}

impl EncodeLabelValue for Reason {
	fn encode(&self, encoder: &mut LabelValueEncoder) -> std::fmt::Result {
		EncodeLabelValue::encode(&self.as_str(), encoder)
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn name_should_be_the_same_in_json_and_in_reports() {
		for reason in Reason::ALL {
			assert_eq!(
				serde_json::to_value(reason).expect("a string"),
				serde_json::json!(reason.as_str())
			);
		}
	}
}
