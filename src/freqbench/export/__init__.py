"""Trained generators for others: safetensors, BioImage Model Zoo and ONNX, each with a model card."""
