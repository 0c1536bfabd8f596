"""What every page uses: rendering, forms, errors, Markdown, links to problems. Only `render` knows htmx."""
