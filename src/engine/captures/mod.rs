//! Reads what production captured: JSON Lines, JSON arrays and CSV, record by record.
