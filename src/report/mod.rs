//! What a run reports, and one emitter a file. An emitter never computes.
