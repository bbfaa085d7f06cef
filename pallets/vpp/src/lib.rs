//! The virtual power plant: programs, dispatch, proof and payment.

#![cfg_attr(not(feature = "std"), no_std)]
