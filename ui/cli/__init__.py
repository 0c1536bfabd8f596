"""The command line. Commands that need no server import none."""
