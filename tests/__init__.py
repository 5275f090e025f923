"""Tests of The SMS Works integration."""
