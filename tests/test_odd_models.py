"""Well-formed models at the edges, all the way to a program under the sanitisers."""

import pytest
from models.odd import ODD

from arenite.codegen.driver import compile_model
from arenite.codegen.verification.verify import verify_project
from arenite.frontends.tflite import read_tflite
from arenite.frontends.to_graph import to_graph
from arenite.planner import plan_graph
from arenite.validate import validate_arena_plan


@pytest.mark.parametrize("name", ODD)
def test_odd_models(tmp_path, name):
    file = tmp_path / f"{name}.tflite"
    file.write_bytes(ODD[name]())
    compiled = compile_model(file, tmp_path / "project", cpu="host")
    result = verify_project(tmp_path / "project", file, 3, 0, "host", sanitise=True)
    assert result.mismatches == 0
    assert result.values > 0
    plan = plan_graph(to_graph(read_tflite(file)))
    validate_arena_plan(plan)
    assert compiled["arena_bytes"] == plan.arena_bytes
