"""What a transaction is and what must happen to it next: values and decisions, nothing else."""
