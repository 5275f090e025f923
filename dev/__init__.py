"""The Python behind the commands. It imports the product, and the tests import it."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
