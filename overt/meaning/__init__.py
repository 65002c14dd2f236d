"""The shell around engine/meaning: the embedding model, files of classifiers, sentences to learn from."""
