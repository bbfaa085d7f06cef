//! Zones, lines and the delivery calendar.

#![cfg_attr(not(feature = "std"), no_std)]
