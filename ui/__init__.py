"""Switchyard's pages, command line and composition root."""
