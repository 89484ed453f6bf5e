"""From bytes to OnnxGraph: protobuf, data beside the file, local functions, the order of nodes."""
