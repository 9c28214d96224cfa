"""The face for programs: JSON under `/api/v1/`, its contract at `/api/openapi.json` and its pages at `/api/docs`. An
endpoint parses, calls one query, operation or flow, and shapes; who asks and how often is the gate's business."""
