"""The local web page: shape a course by hand and see what it does.

`settings` what it was started with, `checks` whether that can be, `guard` and `login` who may ask,
`runner` and `jobs` how courses are run, `view` what the page shows, `pages` and `api` the
addresses, `server` all of it.
"""
