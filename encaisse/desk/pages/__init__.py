"""The pages, a module per noun. Each ends in `routes: list[Route]`, its addresses in the order of the
navigation, and is named once in `encaisse.desk.urls`. A view takes a `ScopedRequest` and the keys in its
address (`customers/<cus:customer_id>`), calls one query, operation or flow, and renders. Refusals are never
caught."""
