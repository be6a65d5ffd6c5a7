//! YAML text to a checked spec. No Arrow, no I/O.
