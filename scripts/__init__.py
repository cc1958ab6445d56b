"""For the maintainers: samples, pictures and volumes made again."""
