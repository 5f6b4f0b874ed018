"""One source of instructions, written as the native files of every host."""
