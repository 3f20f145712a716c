"""How long what ages is kept, and its removal: a table of classes, and one sweep a day."""
