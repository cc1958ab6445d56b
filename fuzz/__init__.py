"""Whatever a file holds, the program reads it or says why not: mutated files of every kind."""
