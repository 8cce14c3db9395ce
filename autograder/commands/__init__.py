"""One command a file: parse, call one function, print, exit. Each has an object named `command`."""
