"""What every page uses: layout, rendering, forms, errors, Markdown. Only `render` knows htmx; no page is
imported here."""
