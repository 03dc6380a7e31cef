"""A proxy before any JSON-RPC node that makes it late, deaf, forgetful or a liar."""
