"""How `arenite.schedule` finds orders: precedence as bit masks, greedy orders, minimum cuts, exact search."""
