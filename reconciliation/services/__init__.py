"""Comparing the books with the world, and what follows from it."""
