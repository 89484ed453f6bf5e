"""Template project for microTVM's Project API: ``tvm.micro.generate_project(template_directory(), ...)``.

What its server does, and how data go in and out, is told in ``microtvm_api_server.py``.
"""

from __future__ import annotations

from pathlib import Path


def template_directory() -> Path:
    """The directory to hand to ``tvm.micro.generate_project`` as the template project."""
    return Path(__file__).resolve().parent
