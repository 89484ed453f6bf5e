"""The results of a project that was run against those of an interpreter: inputs, tolerances, differences by step."""
