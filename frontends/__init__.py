"""Model file -> Model -> Graph for planning, or IRModule for compiling. The only readers of model files."""
