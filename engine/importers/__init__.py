"""Documents of other products become flows and a report. Pure: no I/O, no database."""
