"""ONNX files -> Model: integers where the file quantises, NHWC, and nothing left that shapes or constants decide."""
