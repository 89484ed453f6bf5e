"""How `arenite.allocate` finds offsets: items, layouts without search, exact search."""
