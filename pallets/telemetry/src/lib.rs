//! Signed meter readings, interval energy and carriers.

#![cfg_attr(not(feature = "std"), no_std)]
