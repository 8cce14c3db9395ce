"""The hidden graders, one pytest module per technique, each with its named misconceptions."""
