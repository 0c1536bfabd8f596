"""Help: the documentation of `docs/`, rendered, searched and linked from every page.

library   the pages: order, HTML, headings, sections of text
search    full-text search over the sections
views     the routes
docs      a link to the folder of the repository; in a wheel, a copy of it
"""
