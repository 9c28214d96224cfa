"""A month at work with fictitious customers: the same imports, flows and operations as a company's own, called in
order. Nothing of the product knows that it is in a demonstration, and playing the story again changes nothing.
"""
