"""Published models as data: every number with its unit, its spread and its source.

`schema` and `parts` say what a model file holds, `reader` loads one, `lint` checks that its parts
fit together, `typical` evaluates the typical person, `cite` gives the references.
"""
