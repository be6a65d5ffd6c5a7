//! The encoder functions that models use, by their reference implementations.
