//! What the GridTokenX chain and the services around it agree on: units, identifiers, the messages that devices sign,
//! and the small traits through which the pallets meet.
//!
//! * [`units`] and [`time`]: energy, power, money and delivery intervals;
//! * [`device`] and [`message`]: devices, their keys, and every byte string a device signs;
//! * [`reading`]: signed readings as oracles carry them, in pages;
//! * [`hub`]: what a hub hands to the off-chain workers of validators;
//! * [`credit`]: classes of energy credits;
//! * [`grid`]: zones and lines;
//! * [`metering`]: what was measured, interval by interval;
//! * [`flexibility`]: where the market and the virtual power plant touch.
//!
//! A pallet never names another pallet's `Config`. It asks for one of the traits here, and the runtime says who answers.

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod credit;
pub mod device;
pub mod flexibility;
pub mod grid;
pub mod hub;
pub mod message;
pub mod metering;
pub mod reading;
pub mod time;
pub mod units;

pub use credit::{ClassId, Credits};
pub use device::{
	Device, DeviceKind, Devices, Limits, Meter, MeterDirectory, MeterLifecycle, MeterPage, OnSuspension, PublicKey,
	Scheme, Source, Status, PAGE_SIZE,
};
pub use flexibility::{Curtailment, ForwardSales};
pub use grid::{Link, Network, Topology};
pub use message::GenesisHash;
pub use metering::{Coverage, IntervalEnergy, Metering, Position};
pub use reading::{Page, PagedReading, Quality, Reading, Signature, SignedReading};
pub use time::Clock;
pub use units::{Balance, DeviceId, Epoch, Interval, Price, Wh, ZoneId};
