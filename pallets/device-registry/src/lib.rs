//! Devices, their keys, owners and registrars.

#![cfg_attr(not(feature = "std"), no_std)]
