"""arenite for Relay, TVM 0.12 to 0.18: ``with arenite.relay.PassContext(opt_level=3): relay.build(...)``.

``import_model`` reads .tflite and .onnx files, ``write_project`` makes a project of what ``relay.build`` returned, and
``project_template`` is one for TVM's Project API.
"""

from __future__ import annotations

from arenite.codegen.project_api import template_directory as project_template
from arenite.codegen.relay.project import write_relay_project as write_project
from arenite.codegen.relay.standalone_crt import export_model_library_format
from arenite.frontends.to_relay import RelayModel
from arenite.frontends.to_relay import import_relay as import_model
from arenite.passes.relay.context import PassContext
from arenite.passes.relay.report import Report

__all__ = [
    "PassContext",
    "RelayModel",
    "Report",
    "export_model_library_format",
    "import_model",
    "project_template",
    "write_project",
]
