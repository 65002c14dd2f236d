"""What is seen beside the screen's pixels: typed text, clipboard, files, programs. One adapter a module."""
