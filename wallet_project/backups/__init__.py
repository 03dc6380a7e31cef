"""Physical backups of the four databases, the WAL between them, and the way back to a moment."""
