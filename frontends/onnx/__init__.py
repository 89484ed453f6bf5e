"""ONNX files -> Model: integers where the file quantises, NHWC, and nothing left that shapes or constants decide.

The way of the data: ``file`` loads an OnnxGraph (``graph``), ``integers.qoperator`` puts QOperator files into QDQ form,
``simplify`` infers shapes and folds, ``integers`` absorbs QDQ, ``conversions`` makes operators of nodes. ``read`` calls
them in this order; ``by_tvm`` is asked later, for the nodes that stayed ONNX's.
"""
