"""What is Debian's own."""
