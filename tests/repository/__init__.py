"""What the tests of the files around the product need in a folder of their own."""
