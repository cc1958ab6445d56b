"""The network, its weights file and its encoder in ONNX Runtime."""
