"""From operators to rows: which rows an operator needs, and the graph of rows that orders and plans are made for."""
