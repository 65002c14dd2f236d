"""Pictures on a screen and in files: arrays in, explained findings out. No file, window or model is opened here."""
