"""What differs between databases: one module per database, behind the interface in `base`.

Nothing else in Switchyard names a database or imports a driver. A dialect holds no SQL of a noun (runs,
events, …): that is written once, in `engine.store`, in the SQL that all databases share.
"""
