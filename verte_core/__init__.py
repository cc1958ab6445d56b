"""Everything of VERTE Desktop but the window: reading, preprocessing, model, scoring, training."""

import os

__version__ = "0.1.0"

# Libraries read these while they are imported, and whatever is of ours passes here first. Without the first,
# ONNX Runtime keeps usage in a database below the user's cache folder and opens sockets to send it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
