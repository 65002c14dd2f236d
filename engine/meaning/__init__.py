"""What a sentence means: settles terms that are marked ambiguous, by classifiers over embeddings of the sentence."""
