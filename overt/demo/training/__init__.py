"""The training case: made-up captures to decide about, and then what an experienced officer would have weighed."""
