"""Encode texts as vectors: in ONNX Runtime to serve, in torch to train."""
