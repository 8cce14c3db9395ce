"""`python -m autograder COMMAND`."""

from autograder.cli import main

main()
