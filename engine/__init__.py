"""Switchyard's engine: definition, routing, execution, delivery. It knows no HTML."""
