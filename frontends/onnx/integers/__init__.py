"""From QDQ and QOperator to operators on stored integers."""
