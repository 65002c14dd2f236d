"""Make a library of word lists from elsewhere. Nothing is guessed: what cannot be carried over is named by line."""
