"""The command line: app.py assembles, one file a command, no logic."""
