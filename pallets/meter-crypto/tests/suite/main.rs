//! Verdicts of the hosted and the pure path, held against each other and against what they have to be.

mod batches;
mod ed25519_edges;
mod golden_vectors;
mod host_functions;
mod keys;
mod p256_edges;
mod reading;
mod wycheproof;
