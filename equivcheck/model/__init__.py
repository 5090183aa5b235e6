"""The nouns: values that cross every boundary."""
