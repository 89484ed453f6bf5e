"""Model file -> ``relay.build`` in arenite's pass context -> C project, for the TVMs that still have Relay."""
