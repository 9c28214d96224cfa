"""A claim on one billing account: drafted, judged, numbered, frozen. States: draft, approved, suspect, rejected,
quarantined, issued, cancelled. Corrections are credit notes. Upstream: billing, tax, party."""
