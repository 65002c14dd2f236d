"""One module a command group of `overt`."""
