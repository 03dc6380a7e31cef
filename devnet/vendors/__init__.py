"""
Sandboxes of the companies we rely on: loopback servers that speak each vendor's real wire format.

State lives in memory only. A control plane on a port of its own makes them fail, wait, repeat
themselves and send their webhooks the wrong way round.
"""
