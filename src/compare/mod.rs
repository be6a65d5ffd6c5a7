//! Two aligned Arrow columns to codes and tallies. Pure: no async, no I/O; cannot fail.
