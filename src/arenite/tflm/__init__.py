"""TensorFlow Lite Micro (TFLM): what its arena holds and when, how its planner places that, and how to help it."""
