"""TensorFlow Lite files -> Model: any operator and any well-formed file.

``read`` is the way in; it takes from ``source``, ``tensors``, ``options`` and ``variables`` what stands in the file and
calls the steps of ``frontends/rewrites``. ``edit`` changes a file, ``tflm`` reads it as TensorFlow Lite Micro does.
"""

from arenite.frontends.tflite.read import parse_subgraphs, parse_tflite, read_bytes, read_tflite

__all__ = ["parse_subgraphs", "parse_tflite", "read_bytes", "read_tflite"]
