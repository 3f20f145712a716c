"""Words every feature uses: money, ids, state machines, errors. Standard library only."""
