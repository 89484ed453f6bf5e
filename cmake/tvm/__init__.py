"""Headers that C code from `relay.build` includes, as far as it needs them without TVM's runtime."""
