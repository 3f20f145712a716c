"""Technical abilities that every feature stands on: database, commands, outbox, clock, HTTP."""
