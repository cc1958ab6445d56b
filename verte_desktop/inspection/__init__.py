"""The windows of a researcher: one image looked at closely, and a folder of them."""
