"""What every package stands on and no noun of the trade: money, clock, errors, actors and scopes, states and
guards, the runner of SQL files, events and their outbox."""
