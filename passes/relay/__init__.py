"""arenite inside ``relay.build``: int8 operators, order and memory plan for TVM 0.12 to 0.18."""
