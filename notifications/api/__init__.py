"""The REST doors of notifications."""
