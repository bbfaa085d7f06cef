//! The local energy market: orders, clearing, contracts, settlement.

#![cfg_attr(not(feature = "std"), no_std)]
