//! Exact market clearing on a tree of zones.

#![cfg_attr(not(feature = "std"), no_std)]
