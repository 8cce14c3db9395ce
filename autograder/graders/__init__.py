"""The hidden graders, one pytest module per technique: how its cases are drawn, and the test of each part."""
