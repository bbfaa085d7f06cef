//! A signed reading: as JSON on the wire, and as the oracle passes it on.

pub use gridtokenx_primitives::reading::SignedReading;

use gridtokenx_primitives::{
	reading::{Quality, Reading, Signature, NO_POWER},
	DeviceId, Epoch, Interval, Wh,
};
use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;

/// A signed reading as one JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WireReading {
	/// The device's index.
	pub device: DeviceId,
	/// The epoch of its key.
	pub epoch: Epoch,
	/// The interval at whose end the registers stood so.
	pub interval: Interval,
	/// Import register, Wh.
	pub import_wh: Wh,
	/// Export register, Wh.
	pub export_wh: Wh,
	/// Quality bits.
	pub quality: u8,
	/// Power at the end of the interval, W, positive = export; null where the meter has none.
	#[serde(default)]
	pub power_w: Option<i32>,
	/// 64 bytes in hexadecimal, with `0x` in front.
	#[serde(serialize_with = "to_hex", deserialize_with = "from_hex")]
	pub signature: Signature,
}

impl WireReading {
	/// The reading, unless it sets quality bits that mean nothing.
	pub fn signed(&self) -> Option<SignedReading> {
		let quality = Quality(self.quality);
		quality.is_well_formed().then_some(SignedReading {
			reading: Reading {
				device: self.device,
				epoch: self.epoch,
				interval: self.interval,
				import_wh: self.import_wh,
				export_wh: self.export_wh,
				quality,
				power_w: self.power_w.unwrap_or(NO_POWER),
			},
			signature: self.signature,
		})
	}
}

impl From<&SignedReading> for WireReading {
	fn from(signed: &SignedReading) -> Self {
		let reading = &signed.reading;
		WireReading {
			device: reading.device,
			epoch: reading.epoch,
			interval: reading.interval,
			import_wh: reading.import_wh,
			export_wh: reading.export_wh,
			quality: reading.quality.0,
			power_w: (reading.power_w != NO_POWER).then_some(reading.power_w),
			signature: signed.signature,
		}
	}
}

fn to_hex<S: Serializer>(signature: &Signature, serializer: S) -> Result<S::Ok, S::Error> {
	serializer.serialize_str(&format!("0x{}", hex::encode(signature)))
}

fn from_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Signature, D::Error> {
	let text = Cow::<str>::deserialize(deserializer)?;
	let mut signature = [0; 64];
	hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(&text), &mut signature).map_err(D::Error::custom)?;
	Ok(signature)
}

/// What a request's body holds: each object a reading, or not.
pub type Batch = Vec<Option<SignedReading>>;

/// Reads a JSON array of objects. An object that is no reading keeps its place as `None`; anything but an array of objects is an
/// error of the whole.
pub fn parse(body: &[u8]) -> Result<Batch, serde_json::Error> {
	if let Ok(readings) = serde_json::from_slice::<Vec<WireReading>>(body) {
		return Ok(readings.iter().map(WireReading::signed).collect());
	}
	let objects: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(body)?;
	let read = |object| serde_json::from_value::<WireReading>(serde_json::Value::Object(object)).ok();
	Ok(objects
		.into_iter()
		.map(|object| read(object).and_then(|reading| reading.signed()))
		.collect())
}

#[cfg(test)]
mod tests {
	use super::*;

	fn object() -> serde_json::Value {
		serde_json::json!({
			"device": 7, "epoch": 0, "interval": 1642, "import_wh": 12, "export_wh": 0, "quality": 0, "power_w": -48,
			"signature": format!("0x{}", "ab".repeat(64)),
		})
	}

	fn with(field: &str, value: serde_json::Value) -> serde_json::Value {
		let mut object = object();
		object[field] = value;
		object
	}

	fn parsed(value: serde_json::Value) -> Batch {
		parse(value.to_string().as_bytes()).expect("an array of objects")
	}

	#[test]
	fn reading_should_come_back_the_same_when_written_as_json() {
		let [Some(signed)] = parsed(serde_json::json!([object()]))[..] else {
			panic!("one reading")
		};
		assert_eq!(
			serde_json::to_value(WireReading::from(&signed)).expect("serialises"),
			object()
		);
	}

	#[test]
	fn power_should_be_none_when_null_or_left_out() {
		let mut without = object();
		without.as_object_mut().expect("an object").remove("power_w");
		for signed in parsed(serde_json::json!([with("power_w", serde_json::Value::Null), without])) {
			assert_eq!(signed.expect("a reading").reading.power_w, NO_POWER);
		}
	}

	#[test]
	fn object_should_be_malformed_alone_when_its_neighbours_are_not() {
		let batch = parsed(serde_json::json!([
			object(),
			with("signature", "0x12".into()),
			with("epoch", 65_536.into()),
			with("import_wh", (-1).into()),
			with("quality", 16.into()),
			{},
			object(),
		]));
		let well_formed: Vec<bool> = batch.iter().map(Option::is_some).collect();
		assert_eq!(well_formed, [true, false, false, false, false, false, true]);
	}

	#[test]
	fn body_should_be_refused_whole_when_it_is_no_array_of_objects() {
		for body in ["", "{}", "[1]", "[[]]", "null", "[{]", "[{}] x"] {
			assert!(parse(body.as_bytes()).is_err(), "{body}");
		}
	}

	#[test]
	fn register_should_keep_all_64_bits() {
		let [Some(signed)] = parsed(serde_json::json!([with("import_wh", u64::MAX.into())]))[..] else {
			panic!("one reading")
		};
		assert_eq!(signed.reading.import_wh, u64::MAX);
	}
}
