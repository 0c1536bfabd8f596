"""Pages of flows outside the editor: list, folders, versions, samples, tests, gallery, handler flows."""
