"""What customers used: events that are told once, whoever tells them how often. Upstream: subscription, whose items
say what may be used; downstream, charge says what it costs."""
