"""Several memory regions, fast and slow: which one each buffer lies in, and where."""
