"""Local networks and services for development and tests: never imported by the product."""
