"""Where every buffer of a build lies: what USMP asks, live ranges from its conflicts, pools, writing in place."""
