"""What all pages share: tokens and stylesheet, page frames, components as template tags, the shapes that
components are given, formats for people. No noun of the trade, no query;
`/style` shows each component."""
