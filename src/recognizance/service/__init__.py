"""The HTTP service: the same desk for programs and browsers.

    request -> guards (size, rate, headers) -> access (who calls, with which role)
            -> a route of one of four rooms -> a counter (one thread, one workspace) -> the desk

`rest` speaks our own API, `aws` and `compreface` what existing clients speak, `console` serves
pages. None of them decides anything: every use of a face goes through `recognizance.desk`, and what
a route may be asked by whom stands at the route and in docs/service-roles.md.
"""
