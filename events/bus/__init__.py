"""Bringing what happened to whoever listens: effect and cursor in one commit, so each event has its effect once."""
