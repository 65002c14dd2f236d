"""`python -m overt` is the same as `overt`."""

from overt.cli import main

main()
