"""Model -> Model: what a file says in several operators or copies is said in those that arenite has kernels for."""
