"""A real Home Assistant next to a simulated The SMS Works."""
