"""Tests of a real Home Assistant in a real browser."""
