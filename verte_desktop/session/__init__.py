"""What is open and what is done with it; nothing here is a widget."""
