"""Commands for the devnet."""
