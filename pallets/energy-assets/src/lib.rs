//! Energy credits: issue, transfer, consume, retire, expire.

#![cfg_attr(not(feature = "std"), no_std)]
