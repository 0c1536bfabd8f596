"""Pages of flows outside the editor: list, folders, versions, samples, gallery, handler flows."""
