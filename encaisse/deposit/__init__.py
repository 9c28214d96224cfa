"""Security deposits: `new`, `validated` once asked for, `hold` and `locked` as they are received, `unlocked` and `used`
as they are drawn on, `refunded`, or `cancelled`. Upstream: payment, subscription, invoice."""
