"""Options and fixtures that several tests share."""

from __future__ import annotations

import os
import pathlib
import shutil
import sys
import tempfile

import pytest
from hypothesis import settings

MODELS = pathlib.Path(__file__).parent / "models"
BUNDLED = sorted(MODELS.glob("*.tflite"))

# The same examples each time, so that a change is judged by what it changes; --hypothesis-profile=default explores.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


LAUNCHER = "CMAKE_C_COMPILER_LAUNCHER"
LONGEST = ("tests/test_tutorials.py", "tests/test_docs.py", "tests/operators/test_onnx_node.py")


def pytest_configure(config: pytest.Config) -> None:
    """Projects that CMake builds share the objects of the kernels, among the processes of a test run, too."""
    if LAUNCHER in os.environ or not hasattr(os, "posix_spawn"):
        return
    directory = tempfile.mkdtemp(prefix="arenite-objects-")
    script = pathlib.Path(__file__).with_name("compile_cache.py")
    os.environ[LAUNCHER] = ";".join([sys.executable, "-I", "-S", str(script), directory])

    def forget() -> None:
        del os.environ[LAUNCHER]
        shutil.rmtree(directory, ignore_errors=True)

    config.add_cleanup(forget)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture(scope="session")
def shared_models() -> pathlib.Path:
    """Directory of the wider set of models; the test is skipped where the machine has none."""
    directory = os.environ.get("ARENITE_MODELS")
    if not directory or not pathlib.Path(directory).is_dir():
        pytest.skip("ARENITE_MODELS names no directory of models")
    return pathlib.Path(directory)


@pytest.fixture(params=BUNDLED, ids=lambda path: path.stem)
def bundled_model(request: pytest.FixtureRequest) -> pathlib.Path:
    """Each of the project's own models in turn."""
    return pathlib.Path(request.param)
