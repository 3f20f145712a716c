"""House rules: what the reviewers would say every time, said by functions that read the source."""
