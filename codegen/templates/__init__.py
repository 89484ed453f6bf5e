"""Templates of the generated project."""
