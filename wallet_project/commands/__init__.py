"""Commands that take the place of Django's own: installed before the app whose command they replace."""
