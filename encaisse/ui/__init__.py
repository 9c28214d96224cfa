"""What all pages share: tokens and stylesheet, page frames, components as template tags, the shapes that lists and
components are given, and formats for people. No noun of the trade and no query; `/style` shows every component."""
