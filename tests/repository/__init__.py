"""Tests of the files around the code of the product."""
